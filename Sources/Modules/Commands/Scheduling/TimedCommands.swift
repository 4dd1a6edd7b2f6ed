import SwitchCore

/// What happens to a channel later; forgotten when the channel ends before.
enum TimedCommands {
    static let all: [APICommand] = [hangUp, transfer, broadcast, heartbeat]

    private static let hangUp = APICommand(
        "sched_hangup",
        "[+]<time> <uuid> [<cause>]",
        summary: "hangs a channel up later",
        words: 1
    ) { context, words in
        guard let session = context.softswitch.sessions[words[at: 1] ?? ""] else { return CommandText.noSuchChannel }
        let cause = words[at: 2].flatMap { HangupCause($0) } ?? .allottedTimeout
        let time = ScheduledTime(words[0], now: context.softswitch.wallClock() / 1_000_000)
        return session.scheduleHangUp(time, cause) ? CommandText.done : tooMany
    }

    private static let transferSyntax = "[+]<time> <uuid> <extension> [<dialplan>] [<context>]"

    private static let transfer = APICommand(
        "sched_transfer",
        transferSyntax,
        summary: "sends a channel elsewhere later",
        words: 2
    ) { context, words in
        guard let session = context.softswitch.sessions[words[1]] else { return CommandText.noSuchChannel }
        guard let destination = words[at: 2], !destination.isEmpty, words.count <= 5 else {
            return CommandText.usage(transferSyntax)
        }
        let target = TransferTarget(destination, dialplan: words[at: 3], context: words[at: 4])
        let time = ScheduledTime(words[0], now: context.softswitch.wallClock() / 1_000_000)
        return session.scheduleTransfer(time, to: target) != nil ? CommandText.done : tooMany
    }

    private static let broadcast = APICommand(
        "sched_broadcast",
        "[[+]<time>|@time] <uuid> <path> [aleg|bleg|both]",
        summary: "plays a sound to a channel later",
        words: 3
    ) { context, words in
        // It is said to be scheduled whether the channel is there or not.
        guard let session = context.softswitch.sessions[words[1]] else { return "+OK Message scheduled\n" }
        let broadcast = Broadcast(words[2], legs: words[at: 3] ?? "aleg")
        let at = words[0].hasPrefix("@") ? String(words[0].dropFirst()) : words[0]
        let time = ScheduledTime(at, now: context.softswitch.wallClock() / 1_000_000)
        return session.schedule(time, broadcast) != nil ? "+OK Message scheduled\n" : tooMany
    }

    private static let heartbeatUsage = "uuid_session_heartbeat <uuid> [sched] [0|<seconds>]\n"

    private static let heartbeat = APICommand(
        "uuid_session_heartbeat",
        syntax: "<uuid> [sched] [0|<seconds>]",
        summary: "tells of a channel again and again"
    ) { context, text in
        let words = CommandText.words(of: text, limit: 3)
        // Without a number behind it, the word means that there shall be none.
        let interval = words[at: 1]?.lowercased() == "sched" ? words[at: 2] ?? "" : words[at: 1]
        guard let interval else { return "-USAGE: \(heartbeatUsage)" }
        guard let session = context.softswitch.sessions[words[0]] else {
            return "-ERR Cannot locate session. USAGE: \(heartbeatUsage)"
        }
        return await session.setHeartbeat(interval) ? CommandText.done : tooMany
    }

    private static let tooMany = "-ERR too many tasks\n"
}
