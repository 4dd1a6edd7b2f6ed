import Base
import SwitchCore

/// `uuid_…`: commands about one channel.
enum ChannelCommands {
    static let all: [APICommand] = [
        APICommand("create_uuid", summary: "a new UUID") { context, _ in context.softswitch.makeUUID() },
        APICommand("uuid_exists", syntax: "<uuid>", summary: "whether a channel is up") { context, id in
            String(context.softswitch.sessions[id] != nil)
        },
        APICommand("uuid_kill", syntax: "<uuid> [<cause>]", summary: "hangs a channel up") { context, text in
            await withSession(context, text, minimum: 1, usage: "<uuid> [cause]") { session, words in
                let cause = words.count > 1 ? HangupCause(words[1]) : nil
                session.requestHangUp(cause ?? .normalClearing)
                return "+OK\n"
            }
        },
        APICommand("uuid_getvar", syntax: "<uuid> <variable>", summary: "a channel variable") { context, text in
            await withSession(context, text, minimum: 2, usage: "<uuid> <var>") { session, words in
                await session.variable(words[1]) ?? "_undef_"
            }
        },
        APICommand("uuid_setvar", syntax: "<uuid> <variable> [<value>]", summary: "sets one") { context, text in
            await withSession(context, text, minimum: 2, limit: 3, usage: "<uuid> <var> [value]") { session, words in
                await session.setVariable(words[1], words.count > 2 ? words[2] : nil)
                return "+OK\n"
            }
        },
        APICommand(
            "uuid_transfer",
            syntax: "<uuid> [-bleg|-both] <extension> [<dialplan> [<context>]]",
            summary: "sends it elsewhere"
        ) {
            context,
            text in
            await withSession(
                context,
                text,
                minimum: 2,
                usage: "<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]",
                transfer
            )
        },
        APICommand("uuid_answer", syntax: "<uuid>", summary: "answers a channel") { context, text in
            await withSession(context, text, minimum: 1, usage: "<uuid>") { session, _ in
                await session.answer()
                return "+OK\n"
            }
        },
        APICommand("uuid_pre_answer", syntax: "<uuid>", summary: "begins early media") { context, text in
            await withSession(context, text, minimum: 1, usage: "<uuid>") { session, _ in
                await session.preAnswer()
                return "+OK\n"
            }
        },
        APICommand("uuid_ring_ready", syntax: "<uuid>", summary: "tells the caller that it rings") { context, text in
            await withSession(context, text, minimum: 1, usage: "<uuid>") { session, _ in
                await session.ringReady()
                return "+OK\n"
            }
        },
        APICommand("uuid_setvar_multi", syntax: "<uuid> <name>=<value>;…", summary: "sets several") { context, text in
            await withSession(context, text, minimum: 2, limit: 2, usage: "<uuid> <var>=<value>;...", setVariables)
        },
        APICommand("uuid_dump", syntax: "<uuid> [plain|json|xml]", summary: "all of a channel") { context, text in
            await withSession(context, text, minimum: 1, usage: "<uuid> [format]") { session, words in
                let form = words.count > 1 ? words[1] : "plain"
                return await ChannelDump.text(of: session, form: form) ?? "-USAGE: <uuid> [plain|json|xml]\n"
            }
        },
        APICommand("uuid_recv_dtmf", syntax: "<uuid> <digits>", summary: "as if it sent keys") { context, text in
            await withSession(context, text, minimum: 2, usage: "<uuid> <dtmf_data>") { session, words in
                for digit in words[1].prefix(Session.digitLimit) where Session.allKeys.contains(digit) {
                    await session.receivedDigit(digit, milliseconds: keyMilliseconds)
                }
                return "+OK\n"
            }
        },
        APICommand("uuid_flush_dtmf", syntax: "<uuid>", summary: "forgets keys") { context, text in
            await withSession(context, text, minimum: 1, usage: "<uuid>") { session, _ in
                await session.flushDigits()
                return "+OK\n"
            }
        },
    ]

    /// How long a key is that nobody pressed.
    private static let keyMilliseconds = 250

    private static func transfer(_ session: Session, _ words: [String]) async -> String {
        var words = words.dropFirst()
        let option = words.first.flatMap { ["-bleg", "-both"].contains($0) ? $0 : nil }
        if option != nil { words.removeFirst() }
        let target = Array(words)
        guard let destination = target.first, !destination.isEmpty else {
            return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
        }
        let dialplan = target.count > 1 ? target[1] : nil
        let context = target.count > 2 ? target[2] : nil
        if option == "-both" {
            let went = await Session.divertBoth(session, to: destination, dialplan: dialplan, context: context)
            return went ? "+OK\n" : "-ERR No such channel!\n"
        }
        guard let leg = option == nil ? session : await session.partner else { return "-ERR No such channel!\n" }
        await leg.divert(to: destination, dialplan: dialplan, context: context)
        return "+OK\n"
    }

    private static func setVariables(_ session: Session, _ words: [String]) async -> String {
        for item in ListSplitter.split(words[1], by: ";") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            await session.setVariable(parts[0], parts.count > 1 ? parts[1] : nil)
        }
        return "+OK\n"
    }

    private static func withSession(
        _ context: APIContext,
        _ text: String,
        minimum: Int,
        limit: Int = 8,
        usage: String,
        _ body: (Session, [String]) async -> String
    ) async -> String {
        let words = ListSplitter.split(text, by: " ", limit: limit)
        guard words.count >= minimum, !words[0].isEmpty else { return "-USAGE: \(usage)\n" }
        guard let session = context.softswitch.sessions[words[0]] else { return "-ERR No such channel!\n" }
        return await body(session, words)
    }
}
