import MediaEngine
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
            let isRunning = await Broadcast(words[1], legs: words[at: 2] ?? "holdb").run(on: session)
            return isRunning ? "+OK Message sent\n" : "-ERR invalid uuid\n"
        },
        .channel(
            "uuid_jitterbuffer",
            "<uuid> [0|<min_msec>[:<max_msec>]]",
            summary: "delays what a channel hears, so that it comes evenly",
            words: 2,
            missing: .failed
        ) { session, words in
            await session.setJitterBuffer(words[1]) ? CommandText.success : CommandText.failed
        },
        .channel("uuid_break", breakSyntax, summary: "ends what is played", body: breakSounds),
        .channel("break", breakSyntax, summary: "ends what is played", body: breakSounds),
        .channel(
            "uuid_fileman",
            "<uuid> <cmd>:<val>",
            summary: "steers what is played",
            words: 2
        ) { session, words in
            guard await session.isPlaying else { return "-ERR No file handle!\n" }
            let parts = words[1].split(separator: ":", maxSplits: 1).map(String.init)
            return await steer(session, parts.first?.lowercased() ?? "", parts[at: 1])
        },
    ]

    /// A step of `seek` that says only in which direction, in milliseconds.
    private static let usualStep = 1000

    /// Does what a word of `uuid_fileman` asks for; with one that means nothing nothing happens, as its clients expect.
    private static func steer(_ session: Session, _ verb: String, _ value: String?) async -> String {
        let isRelative = value?.hasPrefix("+") == true || value?.hasPrefix("-") == true
        // A sign alone is a step.
        let isStep = value == "+" || value == "-"
        let number = value.flatMap { Int(isStep ? "\($0)1" : $0) } ?? 0
        switch verb {
        case "stop": await session.breakSounds(all: false)
        case "pause": _ = await session.changeSound(.togglePause)
        case "restart":
            _ = await session.changeSound(.speed(0))
            _ = await session.changeSound(.seek(milliseconds: 0))
        case "speed" where value != nil: _ = await session.changeSound(isRelative ? .faster(number) : .speed(number))
        case "seek" where isRelative:
            _ = await session.changeSound(.move(milliseconds: isStep ? number * usualStep : number))
        case "seek" where value != nil: _ = await session.changeSound(.seek(milliseconds: max(number, 0)))
        case "volume" where value != nil: _ = await session.setSoundLevel(number, isRelative: isRelative)
        // Among them `truncate`: what is played is not written to.
        default: break
        }
        return CommandText.done
    }

    private static let breakSyntax = "<uuid> [all]"

    private static let breakSounds: @Sendable (Session, [String]) async -> String = { session, words in
        let options = words.dropFirst().joined(separator: " ")
        let all = options.contains("all")
        if options.contains("both") { await session.partner?.breakSounds(all: all) }
        await session.breakSounds(all: all)
        return CommandText.done
    }
}
