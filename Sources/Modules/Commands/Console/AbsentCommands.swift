import SwitchCore

/// Commands that clients know and that need something that this version does not have: they say so.
enum AbsentCommands {
    static let all: [APICommand] = channelCommands + otherCommands

    private static let channelCommands: [APICommand] = [
        ("uuid_jitterbuffer", "<uuid> [0|<min_msec>[:<max_msec>]]", "changing the jitter buffer of a call is"),
        ("uuid_media_reneg", "<uuid>[ <codec_string>]", "negotiating anew is"),
        ("uuid_send_text", "<uuid> <text>", "real-time text is"),
        ("uuid_simplify", "<uuid>", "leaving the path of a call is"),
    ].map { name, syntax, what in
        .channel(name, syntax, summary: "not in this version") { _, _ in CommandText.absent(what) }
    }

    private static let otherCommands: [APICommand] = [
        ("chat", "<proto>|<from>|<to>|<message>|[<content-type>]", "chat is"),
        ("presence", "in|out|message-count <user> <rpid> <message>", "presence is"),
        ("reloadcert", "", "TLS is"),
    ].map { name, syntax, what in
        APICommand(name, syntax: syntax, summary: "not in this version") { _, _ in CommandText.absent(what) }
    }
}
