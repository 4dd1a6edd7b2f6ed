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
}
