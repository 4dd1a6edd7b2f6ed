import SwitchCore

/// Commands that clients know and that need something that this version does not have: they say so.
enum AbsentCommands {
    static let all: [APICommand] = channelCommands + [preprocess] + otherCommands

    private typealias ChannelRow = (name: String, syntax: String, what: String, missing: CommandText.MissingChannel)

    private static let channelRows: [ChannelRow] = [
        ("uuid_capture_text", "<uuid> <on|off>", "real-time text is", .named),
        ("uuid_codec_debug", "<uuid> audio|video <level>", "debugging codecs is", .failed),
        ("uuid_media_params", "<uuid> <json>", "video is", .failed),
        ("uuid_recovery_refresh", "<uuid> <uri>", "recovering calls is", .named),
        ("uuid_video_bandwidth", "<uuid> <bitrate>", "video is", .failed),
        ("uuid_video_bitrate", "<uuid> <bitrate>", "video is", .failed),
        ("uuid_video_refresh", "<uuid> [auto|manual]", "video is", .failed),
        ("uuid_xfer_zombie", "<uuid>", "originating without the caller is", .text("-ERR Operation Failed\n")),
    ]

    /// Its usage text says nothing.
    private static let preprocess = APICommand.channel(
        "uuid_preprocess",
        "<>",
        summary: "not in this version",
        words: 2
    ) { _, _ in CommandText.absent("preprocessing is") }

    private static let channelCommands = channelRows.map { row in
        // What is not in brackets has to be there.
        let words = max(row.syntax.split(separator: " ").prefix { $0.hasPrefix("<") && !$0.contains("[") }.count, 1)
        return APICommand.channel(
            row.name,
            row.syntax,
            summary: "not in this version",
            words: words,
            missing: row.missing
        ) { _, _ in CommandText.absent(row.what) }
    }

    private static let otherCommands: [APICommand] = [
        ("db_cache", "status", "a cache of database connections is"),
        ("event_channel_broadcast", "<channel> <json>", "event channels are"),
        ("interface_allowlist_dump", "[modules] [plain]", "a list of allowed interfaces is"),
        ("json", "JSON", "commands in JSON are"),
        ("memory", "memory", "counting memory is"),
        ("pool_stats", "Core pool memory usage.", "pools of memory are"),
    ].map { name, syntax, what in
        APICommand(name, syntax: syntax, summary: "not in this version") { _, _ in CommandText.absent(what) }
    }
}
