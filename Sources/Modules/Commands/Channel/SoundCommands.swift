import SwitchCore

/// What a channel hears.
enum SoundCommands {
    static let all: [APICommand] = [
        .channel(
            "uuid_broadcast",
            "<uuid> <path> [aleg|bleg|holdb|both]",
            summary: "plays a sound or runs an application beside what a channel does",
            words: 2,
            missing: .text("-ERR invalid uuid\n")
        ) { session, words in
            let isRunning = await Broadcast(words[1], legs: words[at: 2] ?? "aleg").run(on: session)
            return isRunning ? "+OK Message sent\n" : "-ERR invalid uuid\n"
        },
        .channel("uuid_break", breakSyntax, summary: "ends what is played", body: breakSounds),
        .channel("break", breakSyntax, summary: "ends what is played", body: breakSounds),
        .channel(
            "uuid_fileman",
            "<uuid> <cmd>:<val>",
            summary: "steers what is played; stop is all that there is",
            words: 2
        ) { session, words in
            guard await session.isPlaying else { return "-ERR No file handle!\n" }
            let command = words[1].split(separator: ":").first ?? ""
            guard command == "stop" else { return CommandText.absent("uuid_fileman \(command) is") }
            await session.breakSounds(all: false)
            return CommandText.done
        },
        .channel("uuid_buglist", "<uuid>", summary: "what listens to a channel", missing: .text("")) { _, _ in
            "<media-bugs>\n</media-bugs>\n"
        },
    ]

    private static let breakSyntax = "<uuid> [all]"

    private static let breakSounds: @Sendable (Session, [String]) async -> String = { session, words in
        let options = words.dropFirst().joined(separator: " ")
        let all = options.contains("all")
        if options.contains("both") { await session.partner?.breakSounds(all: all) }
        await session.breakSounds(all: all)
        return CommandText.done
    }
}
