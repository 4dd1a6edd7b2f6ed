import SwitchCore
import Testing

/// How commands say that they are used: scripts and operators know these texts.
struct UsageTests {
    @Test(
        arguments: [
            (
                "originate",
                "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]\n"
            ),
            (
                "say_string en",
                "-ERR Usage: <module_name>[.<ext>] <lang>[.<ext>] <say_type> <say_method> [<say_gender>] <text>\n"
            ),
            ("hash", "-ERR Usage: hash insert|insert_ifempty|select|delete|delete_ifmatch/realm/key[/value]\n"),
            (
                "hash dance/r/k",
                "-ERR Usage: hash insert|insert_ifempty|select|delete|delete_ifmatch/realm/key[/value]\n"
            ),
            ("complete dance x", "-USAGE: add <word>|del [<word>|*]\n"),
            ("limit_usage", "USAGE: limit_usage <backend> <realm> <id> [rate]\n"),
            (
                "nat_map",
                "USAGE: nat_map [status|reinit|republish] | [add|del] <port> [tcp|udp] [sticky] | [mapping] <enable|disable>"
            ),
            ("time_test", "parameter missing\n"),
            ("help time_test", "time_test,<mss> [count],measures sleeps,mod_commands\n"),
            ("help console_complete", "console_complete,<line>,how a command line could go on,mod_commands\n"),
            ("help limit_usage", "limit_usage,<backend> <realm> <id>,how much is in use,mod_dptools\n"),
        ]
    )
    func usage(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch.answer(line) == answer)
    }

    /// Commands that clients know and that need what this version does not have say so, once all is there that they need.
    @Test(
        arguments: [
            ("uuid_capture_text", "on", "real-time text is", "-ERR No such channel none!\n"),
            ("uuid_codec_debug", "audio 1", "debugging codecs is", "-ERR Operation failed\n"),
            ("uuid_preprocess", "stop", "preprocessing is", "-ERR No such channel!\n"),
            ("uuid_recovery_refresh", "sip:x", "recovering calls is", "-ERR No such channel none!\n"),
            ("uuid_video_bandwidth", "100kb", "video is", "-ERR Operation failed\n"),
            ("uuid_video_bitrate", "100kb", "video is", "-ERR Operation failed\n"),
            ("uuid_video_refresh", "auto", "video is", "-ERR Operation failed\n"),
            ("uuid_xfer_zombie", "", "originating without the caller is", "-ERR Operation Failed\n"),
        ]
    )
    func absentOnChannels(_ name: String, _ words: String, _ what: String, _ missing: String) throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        let line = { (id: String) in words.isEmpty ? "\(name) \(id)" : "\(name) \(id) \(words)" }
        #expect(exchange.command(line(call.id)) == "-ERR \(what) not in this version\n")
        #expect(exchange.command(line("none")) == missing)
        #expect(exchange.command(name).hasPrefix("-USAGE: <"))
    }

    @Test(
        arguments: [
            ("db_cache status", "a cache of database connections is"),
            ("event_channel_broadcast x {}", "event channels are"),
            ("interface_allowlist_dump", "a list of allowed interfaces is"), ("json {}", "commands in JSON are"),
            ("memory", "counting memory is"), ("pool_stats", "pools of memory are"),
        ]
    )
    func absent(_ line: String, _ what: String) throws {
        #expect(try TestSwitch.answer(line) == "-ERR \(what) not in this version\n")
    }
}
