import SwitchCore
import Testing

/// How the console's lines are completed.
struct CompletionTests {
    @Test(
        arguments: [
            // Commands, at the beginning.
            ("console_complete uuid_brea", "\n\nwrite=9:uuid_break "),
            ("console_complete c=4;statistics", "\n\nwrite=4:status "),
            (
                "console_complete sched_",
                "[           sched_api]\t[     sched_broadcast]\t[           sched_del]\t[        sched_hangup]\n"
                    + "[      sched_transfer]\t\n\nwrite=6:sched_"
            ),
            ("console_complete nothing_", ""),
            // What the syntax of a command names, at the place where it stands.
            ("console_complete module_exists mod_loo", "\n\nwrite=7:mod_loopback "),
            ("console_complete uptime mill", "\n\nwrite=4:milliseconds "),
            ("console_complete uptime h x", ""),
            ("complete", "-USAGE: add <word>|del [<word>|*]\n"),
            ("complete add", "-USAGE: add <word>|del [<word>|*]\n"),
            ("complete new word", "-USAGE: add <word>|del [<word>|*]\n"),
        ]
    )
    func answers(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch.answer(line) == answer)
    }

    @Test func channelsAreOffered() throws {
        let exchange = try TestSwitch(Actions.extension("1", [("park", "")]))
        let call = try exchange.call("1")
        let answer = exchange.command("console_complete uuid_kill \(call.id.prefix(30))")
        #expect(answer == "\n\nwrite=30:\(call.id) ")
    }

    @Test func wordsCanBeAdded() throws {
        let exchange = try TestSwitch(Actions.extension("1", [("park", "")]))
        let call = try exchange.call("1")
        let wrong = exchange.wrongAnswers([
            ("complete add mine first", "+OK\n"),
            ("complete stickyadd mine second ::console::list_uuid", "+OK\n"),
            ("console_complete min", "\n\nwrite=3:mine "),
            ("console_complete mine s", "\n\nwrite=1:second "),
            ("console_complete mine second \(call.id.prefix(30))", "\n\nwrite=30:\(call.id) "),
            (
                "show complete",
                "sticky,a1,a2,a3,a4,a5,a6,a7,a8,a9,a10,hostname\n0,mine,first,,,,,,,,,\n"
                    + "1,mine,second,::console::list_uuid,,,,,,,,\n\n2 total.\n"
            ),
            ("complete del mine first", "+OK\n"),
            ("console_complete mine f", ""),
            ("complete del *", "+OK\n"),
            ("show complete", "\n0 total.\n"),
        ])
        #expect(wrong.isEmpty)
    }
}
