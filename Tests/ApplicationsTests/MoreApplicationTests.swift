import SwitchCore
import TandemTesting
import Testing

/// Names, files, the far end, and what this version does not have.
struct MoreApplicationTests {
    @Test(
        arguments: [
            ([("set_name", "other/name")], "chan", "other/name"),
            ([("privacy", "full")], "hides", "true/true"),
            ([("privacy", "number")], "hides", "false/true"),
            ([("privacy", "full"), ("privacy", "off")], "hides", "false/false"),
            ([("privacy", "nonsense")], "hides", "false/false"),
            ([("strftime", "year=%Y")], "year", "1970"),
            ([("presence", "available Available")], "hides", "false/false"),
            ([("mkdir", "relative/path")], "hides", "false/false"),
            ([("unloop", "")], "hides", "false/false"), ([("start_dtmf_generate", "")], "hides", "false/false"),
            ([("stop_dtmf_generate", "")], "hides", "false/false"), ([("remove_bugs", "")], "hides", "false/false"),
            // What a loopback channel cannot be asked for is an error that the call survives.
            ([("hold", "")], "hides", "false/false"),
            ([("unhold", "")], "hides", "false/false"),
            ([("deflect", "sip:a@example.org")], "hides", "false/false"),
            ([("send_display", "Name|1")], "hides", "false/false"),
            ([("send_info", "hello")], "hides", "false/false"),
            ([("soft_hold", "1")], "hides", "false/false"),
            ([("transfer_vars", "~a")], "hides", "false/false"),
            ([("break", "")], "hides", "false/false"),
            ([("speak", "nobody|voice|text")], "hides", "false/false"),
            // Missing, but not worth a call.
            ([("vad_test", "")], "missing_application", "vad_test"),
            ([("detect_speech", "x")], "missing_application", "detect_speech"),
            ([("deduplicate_dtmf", "")], "missing_application", "deduplicate_dtmf"),
            ([("enable_keepalive", "30")], "missing_application", "enable_keepalive"),
            ([("play_and_detect_speech", "x detect:y")], "missing_application", "play_and_detect_speech"),
            ([("preprocess", "r.agc=1")], "missing_application", "preprocess"),
            ([("video_refresh", "")], "missing_application", "video_refresh"),
        ] as [([(String, String)], String, String)]
    )
    func leaves(_ lines: [(String, String)], _ name: String, _ value: String) throws {
        let tail = [
            ("set", "chan=${chan_name}"), ("set", "hides=${privacy_hide_name}/${privacy_hide_number}"), ("park", ""),
        ]
        let exchange = try TestSwitch(Actions.extension("1", [("answer", "")] + lines + tail))
        let call = try exchange.call("1")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable(name, of: call) == value)
        #expect(exchange.variable("hangup_cause", of: call) == nil)
    }

    @Test(arguments: ["voicemail", "conference", "lua", "callcenter", "fifo", "rxfax", "txfax", "lcr", "directory"])
    func missingOnesEndTheCallAndAreNamed(_ name: String) throws {
        let exchange = try TestSwitch(
            Actions.extension("1", [("answer", ""), (name, "x"), ("set", "after=1"), ("park", "")])
        )
        let call = try exchange.call("1")
        #expect(exchange.variable("hangup_cause", of: call) == "DESTINATION_OUT_OF_ORDER")
        #expect(exchange.variable("missing_application", of: call) == name)
        #expect(exchange.variable("after", of: call) == nil)
    }

    /// A dialplan that is not in this version finds nothing, the log names it, and the next one is asked.
    @Test(
        arguments: [
            ("lcr", "not in this version: the dialplan lcr"), ("LUA", "not in this version: the dialplan LUA"),
            ("asterisk", "not in this version: the dialplan asterisk"),
            ("directory", "not in this version: the dialplan directory"), ("enmu", "no such dialplan: enmu"),
        ],
        ["transfer", "execute_extension"]
    )
    func missingDialplansAreNamed(_ dialplan: (name: String, message: String), _ application: String) throws {
        let log = LogCapture()
        let isTransfer = application == "transfer"
        let exchange = try TestSwitch(
            Actions.extension(
                "1",
                [(application, isTransfer ? "2 \(dialplan.name),XML" : "2 \(dialplan.name)"), ("park", "")]
            )
                + Actions.extension("2", [("set", "found=1"), ("park", "")]),
            log: log
        )
        let call = try exchange.call("1")
        #expect(log.lines.contains { $0.contains(dialplan.message) })
        #expect(exchange.variable("found", of: call) == (isTransfer ? "1" : nil))
        #expect(exchange.variable("hangup_cause", of: call) == nil)
    }

    @Test func sleepEatsDigits() throws {
        let exchange = try TestSwitch(
            Actions.extension(
                "1",
                [
                    ("answer", ""), ("set", "sleep_eat_digits=true"), ("sleep", "1000"),
                    ("read", "1 4 silence d 1000 #"), ("park", ""),
                ]
            )
        )
        let call = try exchange.call("1")
        _ = exchange.command("uuid_recv_dtmf \(call.id) 12")
        exchange.loop.advance(by: .seconds(1))
        _ = exchange.command("uuid_recv_dtmf \(call.id) 3#")
        exchange.loop.advance(by: .seconds(2))
        #expect(exchange.variable("d", of: call) == "3")
    }

    /// Keys of a channel that blocks them count for nothing, until it does so no longer.
    @Test(arguments: [
        ([], "12"), ([("block_dtmf", "")], ""), ([("block_dtmf", ""), ("unblock_dtmf", "")], "12"),
    ])
    func blocksKeys(_ lines: [(String, String)], _ expected: String) throws {
        let exchange = try TestSwitch(
            Actions.extension("1", [("answer", "")] + lines + [("read", "1 4 silence d 1000 #"), ("park", "")])
        )
        let call = try exchange.call("1")
        call.assumeIsolated { call in
            for key in "12#" { call.receivedDigit(key, milliseconds: 100) }
        }
        exchange.loop.advance(by: .seconds(2))
        #expect((exchange.variable("d", of: call) ?? "") == expected)
    }

    /// Everything that listens to a channel or speaks into it ends at once.
    @Test func removesListeners() throws {
        let exchange = try TestSwitch(Actions.extension("1", [("answer", ""), ("park", "")]))
        let call = try exchange.call("1")
        _ = exchange.command("uuid_displace \(call.id) start tone_stream://%(1000,0,440)")
        _ = exchange.command("tone_detect \(call.id) beep 440 r")
        #expect(exchange.command("uuid_buglist \(call.id)").contains("tone_detect"))
        _ = exchange.run { await call.execute("remove_bugs", "") }
        #expect(exchange.command("uuid_buglist \(call.id)") == "<media-bugs>\n</media-bugs>\n")
    }

    /// What was scheduled has a number, which takes it out; a time may be one of the clock.
    @Test(
        arguments: [
            "sched_transfer +5 2 XML default", "sched_broadcast +5 set::late=1", "sched_broadcast @5 set::late=1",
        ]
    )
    func scheduledThingsHaveNumbers(_ line: String) throws {
        let call = try CallerFixture([line, "set number=${last_sched_id}", "park"])
        #expect(call.variable("number") == "1")
        #expect(call.exchange.command("show tasks").hasSuffix("\n1 total.\n"))
        let caller = call.caller
        _ = call.exchange.run { await caller.execute("sched_cancel", "2") }
        #expect(call.exchange.command("show tasks").hasSuffix("\n1 total.\n"))
        _ = call.exchange.run { await caller.execute("sched_cancel", "1") }
        #expect(call.exchange.command("show tasks").hasSuffix("\n0 total.\n"))
        #expect(call.leftovers() == [0, 0])
    }

    /// The partner alone is hung up at its time.
    @Test func schedulesThePartnersEnd() throws {
        let call = try CallerFixture([
            "sched_hangup +5 USER_BUSY bleg", "bridge [origination_uuid=leg]null/a", "set over=yes", "park",
        ])
        call.advance(4)
        #expect(call.softswitch.sessions["leg"] != nil && call.variable("over") == nil)
        call.advance(2)
        #expect(call.softswitch.sessions["leg"] == nil && call.variable("over") == "yes")
        #expect(call.variable("hangup_cause") == nil)
        #expect(call.leftovers() == [0, 0])
    }

    @Test func schedulesABroadcast() throws {
        let exchange = try TestSwitch(
            Actions.extension("1", [("answer", ""), ("sched_broadcast", "+5 set::late=1"), ("park", "")])
        )
        let call = try exchange.call("1")
        exchange.loop.advance(by: .seconds(4))
        #expect(exchange.variable("late", of: call) == nil)
        exchange.loop.advance(by: .seconds(2))
        #expect(exchange.variable("late", of: call) == "1")
    }
}
