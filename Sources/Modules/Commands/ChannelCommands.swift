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
            syntax: "<uuid> <extension> [<dialplan> [<context>]]",
            summary: "sends it elsewhere"
        ) {
            context,
            text in
            await withSession(context, text, minimum: 2, usage: "<uuid> <dest-exten> [<dialplan>] [<context>]") {
                session,
                words in
                await session.divert(
                    to: words[1],
                    dialplan: words.count > 2 ? words[2] : nil,
                    context: words.count > 3 ? words[3] : nil
                )
                return "+OK\n"
            }
        },
        APICommand("uuid_answer", syntax: "<uuid>", summary: "answers a channel") { context, text in
            await withSession(context, text, minimum: 1, usage: "<uuid>") { session, _ in
                await session.answer()
                return "+OK\n"
            }
        },
    ]

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
