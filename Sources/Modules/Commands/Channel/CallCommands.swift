import SwitchCore

/// Beginning and ending what a channel's call is.
enum CallCommands {
    static let all: [APICommand] = [
        .channel("uuid_kill", "<uuid> [cause]", summary: "hangs a channel up") { session, words in
            session.requestHangUp(words[at: 1].flatMap { HangupCause($0) } ?? .normalClearing)
            return CommandText.done
        },
        .channel("uuid_answer", "<uuid>", summary: "answers a channel", missing: .error) { session, _ in
            await session.answer()
            return await session.isOver ? "-ERROR\n" : CommandText.done
        },
        .channel("uuid_pre_answer", "<uuid>", summary: "begins early media", missing: .error, body: preAnswer),
        .channel("uuid_preanswer", "<uuid>", summary: "begins early media", missing: .error, body: preAnswer),
        .channel(
            "uuid_ring_ready",
            "<uuid> [queued]",
            summary: "tells the caller that it rings",
            missing: .error
        ) { session, words in
            guard words.count == 1 || words[1] == "queued" else { return CommandText.usage("<uuid> [queued]") }
            await session.ringReady()
            return CommandText.done
        },
        .channel("uuid_outgoing_answer", "<uuid>", summary: "lets a called leg count as answered") { session, _ in
            guard session.direction == .outbound else { return "-ERR Not an outbound channel!\n" }
            await session.remoteAnswered()
            return CommandText.done
        },
        APICommand("uuid_zombie_exec", syntax: "<uuid>", summary: "runs the rest of the extension after the call") {
            context,
            id in
            guard let session = context.softswitch.sessions[id] else { return "-ERR no such session\n" }
            await session.runAfterEnd()
            return CommandText.done
        },
        .channel("uuid_early_ok", "<uuid>", summary: "lets early media count", missing: .error) { session, _ in
            await session.acceptEarlyMedia()
            return ""
        },
        APICommand("uuid_exists", syntax: "<uuid>", summary: "whether a channel is up") { context, id in
            String(context.softswitch.sessions[id] != nil)
        },
        APICommand("hupall", syntax: hangUpSyntax, summary: "hangs up channels") { context, text in
            await hangUpAll(text, context.softswitch)
        },
    ]

    private static let preAnswer: @Sendable (Session, [String]) async -> String = { session, _ in
        await session.preAnswer()
        return await session.isOver ? "-ERROR\n" : CommandText.done
    }

    private static let hangUpSyntax = "<cause> [<var> <value>] [<var2> <value2>]"
    private static let hangUpWordLimit = 11

    /// Hangs up every channel, or those whose variables have all of the values.
    private static func hangUpAll(_ text: String, _ softswitch: Switch) async -> String {
        let words = CommandText.words(of: text, limit: hangUpWordLimit)
        guard words.isEmpty || !words.count.isMultiple(of: 2) else { return CommandText.usage(hangUpSyntax) }
        var cause = HangupCause.managerRequest
        if let word = words.first {
            guard let named = HangupCause(word) else { return "-ERR no such cause: \(word)\n" }
            cause = named
        }
        let wanted = stride(from: 1, to: words.count, by: 2).map { (name: words[$0], value: words[$0 + 1]) }
        for session in softswitch.sessions.all where await session.has(wanted) { session.requestHangUp(cause) }
        guard let first = wanted.first else { return "+OK hangup all channels with cause \(cause.name)\n" }
        let more = wanted.count > 1 ? "..." : ""
        return "+OK hangup all channels matching [\(first.name)]=[\(first.value)]\(more) with cause: \(cause.name)\n"
    }
}

extension Session {
    fileprivate func has(_ wanted: [(name: String, value: String)]) -> Bool {
        wanted.allSatisfy { variable($0.name) == $0.value }
    }
}
