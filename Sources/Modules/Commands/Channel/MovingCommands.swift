import SwitchCore

/// Sending channels elsewhere and bringing them together.
enum MovingCommands {
    static let all: [APICommand] = [
        .channel("uuid_transfer", transferSyntax, summary: "sends a channel elsewhere", words: 2, body: transfer),
        .channel("uuid_dual_transfer", dualSyntax, summary: "sends both ends elsewhere", words: 3) { session, words in
            await session.divertBoth(to: target(words[1]), partnerTo: target(words[2]))
            return CommandText.done
        },
        .channel("uuid_park", "<uuid>", summary: "parks a channel") { session, _ in
            await session.divertToPark()
            return CommandText.done
        },
        APICommand("uuid_bridge", "<uuid> <other_uuid>", summary: "bridges two channels", words: 2) { context, words in
            let sessions = context.softswitch.sessions
            guard let session = sessions[words[0]] else { return "-ERR Invalid uuid\n" }
            // A third word is who else will do.
            for id in words.dropFirst().prefix(2) {
                if let other = sessions[id], await session.takeOver(other) { return "+OK \(id)\n" }
            }
            return "-ERR Invalid uuid\n"
        },
    ]

    private static let transferSyntax = "<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]"
    private static let dualSyntax =
        "<uuid> <A-dest-exten>[/<A-dialplan>][/<A-context>] <B-dest-exten>[/<B-dialplan>][/<B-context>]"

    private static let transfer: @Sendable (Session, [String]) async -> String = { session, words in
        let option = words[1].hasPrefix("-") ? words[1].dropFirst().lowercased() : nil
        let words = words.dropFirst(option == nil ? 1 : 2).map { $0 }
        guard let destination = words.first, !destination.isEmpty else { return CommandText.usage(transferSyntax) }
        let target = TransferTarget(destination, dialplan: words[at: 1], context: words[at: 2])
        switch option {
        case "bleg":
            // Alone, the channel itself is meant.
            await (session.partner ?? session).divert(to: target)
        case "both":
            await session.divertBoth(to: target, partnerTo: target)
        default:
            await session.divert(to: target)
        }
        return CommandText.done
    }

    /// Reads `1000/XML/default`; `…/inline` ends a list of applications, which has slashes of its own.
    static func target(_ text: String) -> TransferTarget {
        let inline = "/inline"
        if text.hasSuffix(inline) {
            return TransferTarget(String(text.dropLast(inline.count)), dialplan: "inline")
        }
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        return TransferTarget(parts[0], dialplan: parts[at: 1], context: parts[at: 2])
    }
}
