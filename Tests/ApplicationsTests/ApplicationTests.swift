import SwitchCore
import TandemTesting
import Testing

/// What applications do to a call, seen from outside: its variables and its end.
struct ApplicationTests {
    private static func dialplan(_ lines: [(String, String)]) -> String {
        """
        <extension name="test"><condition field="destination_number" expression="^1$">\(Actions.xml(lines))</condition>
        </extension>
        <extension name="other"><condition field="destination_number" expression="^2$">
        <action application="set" data="other=${destination_number}"/><action application="park"/></condition></extension>
        <extension name="round"><condition field="destination_number" expression="^3$">
        <action application="bridge" data="loopback/3/default"/></condition></extension>
        """
    }

    @Test(
        arguments: [
            ([("set", "a=1"), ("set", "b=${a}2")], "b", "12"),
            ([("set", "a=1"), ("set", "a=")], "a", nil),
            ([("set", "a=1"), ("unset", "a")], "a", nil),
            ([("set", "a=1"), ("unset", "b")], "a", "1"),
            ([("set", "list[0]=x"), ("set", "list[2]=z")], "list", "ARRAY::x|:|:z"),
            ([("multiset", "^^;a=1;b=two words")], "b", "two words"),
            ([("multiset", "a=1 nonsense b=2")], "b", "2"),
            ([("push", "p=1"), ("push", "p=2"), ("unshift", "p=0")], "p", "ARRAY::0|:1|:2"),
            ([("export", "nolocal:e=1")], "e", nil),
            ([("export", "e=1")], "export_vars", "e"),
            ([("set_profile_var", "caller_id_name=Ann"), ("set", "n=${caller_id_name}")], "n", "Ann"),
            ([("execute_extension", "2 XML default")], "other", "1"),
            ([("transfer", "2 XML default")], "other", "2"),
            ([("set", "force_transfer_dialplan=inline"), ("transfer", "set:other=3 XML default")], "other", "3"),
            // What is written is expanded, and has variables of its own, unless the call says otherwise.
            ([("set", "a=1"), ("set_profile_var", "caller_id_name=${a}"), ("set", "n=${caller_id_name}")], "n", "1"),
            (
                [
                    ("set", "a=1"), ("set", "app_disable_expand_variables=yes"),
                    ("set_profile_var", "caller_id_name=${a}"), ("set", "n=${caller_id_name}"),
                ], "n", "%{a}"
            ),
            ([("set", "%[x=1]b=${x}2"), ("set", "c=${x}3")], "b", "12"),
            ([("set", "%[x=1]b=${x}2"), ("set", "c=${x}3")], "c", "3"),
            ([("set", "app_disable_expand_variables=true"), ("set", "%[x=1]b=2")], "b", nil),
            ([("check_acl", "127.0.0.1 127.0.0.0/8"), ("set", "in=yes")], "in", "yes"),
            ([("check_acl", "10.0.0.1 127.0.0.0/8"), ("set", "in=yes")], "in", nil),
            ([("check_acl", "nonsense 0.0.0.0/0"), ("set", "in=yes")], "in", nil),
            ([("check_acl", "10.0.0.1"), ("set", "in=yes")], "in", nil),
        ] as [([(String, String)], String, String?)]
    )
    func setsAndRoutes(_ lines: [(String, String)], _ name: String, _ value: String?) throws {
        let exchange = try TestSwitch(Self.dialplan(lines))
        let call = try exchange.call("1")
        #expect(exchange.variable(name, of: call) == value)
    }

    /// What is done while the dialplan is hunted gets its data as what is done afterwards.
    @Test(arguments: [("", "1", "2"), ("false", "1", "2"), ("true", "%{a}", nil)] as [(String, String, String?)])
    func preparesInline(_ setting: String, _ name: String, _ value: String?) throws {
        let actions = [
            "set\" data=\"a=1", "set\" data=\"app_disable_expand_variables=\(setting)",
            "set_profile_var\" data=\"caller_id_name=${a}", "set\" data=\"%[x=2]b=${x}",
        ]
        let lines = actions.map { "<action application=\"\($0)\" inline=\"true\"/>" }.joined()
        let exchange = try TestSwitch(
            "<extension name=\"e\"><condition>\(lines)<action application=\"park\"/></condition></extension>"
        )
        let call = try exchange.call("1")
        #expect(exchange.run { await call.profile.callerIDName } == name)
        #expect(exchange.variable("b", of: call) == value)
        #expect(exchange.variable("x", of: call) == nil)
    }

    @Test(
        arguments: [
            ([("log", "INFO over")], "NORMAL_CLEARING"),
            ([("hangup", "user_busy")], "USER_BUSY"),
            // What a status means is the technology's matter; a loopback channel knows none.
            ([("respond", "404 Not Found")], "NORMAL_UNSPECIFIED"),
            ([("no_such_application", "")], "DESTINATION_OUT_OF_ORDER"),
            // Without a number of times, and without a file.
            ([("loop_playback", "+")], "DESTINATION_OUT_OF_ORDER"),
            ([("loop_playback", "+2")], "DESTINATION_OUT_OF_ORDER"),
            ([("loop_playback", "")], "DESTINATION_OUT_OF_ORDER"),
            ([("check_acl", "nonsense list")], "CALL_REJECTED"),
            ([("check_acl", "nonsense list NO_ANSWER")], "NO_ANSWER"),
            ([("bridge", "error/USER_BUSY")], "USER_BUSY"),
            (
                [("set", "continue_on_fail=USER_BUSY"), ("bridge", "error/USER_BUSY"), ("hangup", "BUSY_EVERYWHERE")],
                "BUSY_EVERYWHERE"
            ),
            ([("bridge", "user/nobody@nowhere")], "SUBSCRIBER_ABSENT"),
            ([("bridge", "group/nobody@nowhere")], "NO_ROUTE_DESTINATION"),
            ([("bridge", "loopback/app=hangup:USER_BUSY")], "USER_BUSY"),
            // The smallest number that there is leaves no transfer.
            (
                [("set", "max_forwards=-9223372036854775808"), ("transfer", "2 XML default")],
                "EXCHANGE_ROUTING_ERROR"
            ),
            (
                [("set", "max_session_transfers=-9223372036854775808"), ("transfer", "2 XML default")],
                "EXCHANGE_ROUTING_ERROR"
            ),
            // A round through the dialplan ends.
            ([("set", "max_forwards=9"), ("transfer", "3 XML default")], "EXCHANGE_ROUTING_ERROR"),
        ] as [([(String, String)], String)]
    )
    func ends(_ lines: [(String, String)], _ cause: String) throws {
        let exchange = try TestSwitch(Self.dialplan(lines))
        let call = try exchange.call("1")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("hangup_cause", of: call) == cause)
        #expect(exchange.softswitch.sessions.count == 0)
        #expect(exchange.loop.pendingTimers == 0)
    }

    /// Programs of the machine run when the command line allows them; otherwise the call goes on without.
    @Test(arguments: ["system", "bgsystem"], [true, false])
    func runsPrograms(_ application: String, _ isAllowed: Bool) throws {
        let (file, log) = (RecordedSound(), LogCapture())
        // What runs in the background nobody waits for.
        let program = application == "system" ? "touch \(file.path)" : "true"
        let actions = [(application, program), ("set", "after=1"), ("park", "")]
        let exchange = try TestSwitch(Actions.extension("1", actions), allowsShell: isAllowed, log: log)
        let call = try exchange.call("1")
        #expect(exchange.loop.runUntil { exchange.variable("after", of: call) == "1" })
        #expect(file.exists == (isAllowed && application == "system"))
        #expect(log.lines.contains { $0.contains("shell commands need --allow-exec") } != isAllowed)
    }

    @Test func schedulesAndLeavesNothing() throws {
        let exchange = try TestSwitch(
            Self.dialplan([("sched_transfer", "+5 2 XML default"), ("sched_hangup", "+10 NO_ANSWER"), ("park", "")])
        )
        let call = try exchange.call("1")
        exchange.loop.advance(by: .seconds(4))
        #expect(exchange.variable("other", of: call) == nil)
        exchange.loop.advance(by: .seconds(2))
        #expect(exchange.variable("other", of: call) == "2")
        exchange.loop.advance(by: .seconds(5))
        #expect(exchange.variable("hangup_cause", of: call) == "NO_ANSWER")

        let second = try exchange.call("1")
        _ = exchange.run { await second.hangUp(.normalClearing) }
        #expect(exchange.loop.pendingTimers == 0)
        #expect(exchange.softswitch.sessions.count == 0)
    }

    /// The far end presses `keys`; `read` and `play_and_get_digits` say what they made of them.
    @Test(
        arguments: [
            ("read", "1 4 silence digits 1000 #", "12#", "digits", "12"),
            ("read", "3 4 silence digits 1000 #", "12#", "read_result", "failure"),
            ("read", "1 4 silence digits 1000 #", "", "read_result", "failure"),
            // Enough of them, and then nothing more.
            ("read", "1 4 silence digits 1000 #", "12", "read_result", "timeout"),
            ("read", "1 4 silence digits 1000 #", "12", "read_terminator_used", nil),
            ("read", "1 4 silence digits 1000 #", "12", "digits", "12"),
            ("read", "3 4 silence digits 1000 #", "12", "read_result", "failure"),
            ("read", "1 4 silence digits 1000 #", "1234", "read_result", "success"),
            ("read", "1 4 silence digits 1000 #", "12#", "read_result", "success"),
            ("read", "1 4 silence digits 1000 *#", "12#", "read_terminator_used", "#"),
            ("read", "1 4 silence digits", "12#", "read_terminator_used", "#"),
            ("read", "3 2 silence digits 1000", "123", "read_result", "success"),
            ("read", "2", "12", "read_result", "success"),
            ("read", "1 4 silence digits 1000 none", "12#", "digits", "12#"),
            ("read", "1 4 silence digits 1000 =#", "12", "read_result", "failure"),
            ("read", "1 4 silence digits 1000 =#", "12#", "read_result", "success"),
            ("read", "1 4 silence digits 1000 =#", "12#", "digits", "12"),
            ("read", "1 4 silence digits 1000 *+#", "12#", "digits", "12#"),
            ("read", "1 4 silence digits 1000 *+#", "12#", "read_result", "success"),
            ("read", "1 4 silence digits 1000 *+#", "12*", "digits", "12"),
            ("read", "1 4 silence digits 1000 x#", "12#", "digits", "12#"),
            ("read", "1 4 silence digits 1000 x#", "12#", "read_result", "failure"),
            ("play_and_get_digits", "1 4 2 1000 # silence silence digits ^1", "12#", "digits", "12"),
            ("play_and_get_digits", "1 4 2 1000 # silence silence digits ^2", "12#", "digits_invalid", "12"),
            // A pattern that is none lets nothing through.
            ("play_and_get_digits", "1 4 2 1000 # silence silence digits (", "12#", "digits", nil),
            ("play_and_get_digits", "1 4 1 1000 # silence silence digits ^2 500 '2 XML default'", "12#", "other", "2"),
            ("play_and_get_digits", "1 4 1 1000 # silence silence digits ^2 500 ' '", "12#", "digits", nil),
            // No key is needed, and a terminator says that there is none.
            ("play_and_get_digits", "0 4 1 1000 # silence silence digits ^1 500 '2 XML default'", "#", "other", nil),
            ("play_and_get_digits", "0 4 1 1000 # silence silence digits ^1 500 '2 XML default'", "", "other", "2"),
            // Too few keys are kept, and are not wrong ones.
            ("play_and_get_digits", "3 4 1 1000 # silence silence digits ^1", "12#", "digits", "12"),
            ("play_and_get_digits", "3 4 1 1000 # silence silence digits ^1", "12#", "digits_invalid", nil),
            ("play_and_get_digits", "1 4 1 1000 # silence silence digits ^2", "12#", "digits", nil),
            ("play_and_get_digits", "1 4 1 1000 # silence silence digits ^1", "12", "digits", "12"),
            // Whoever leaves is not asked again, nor sent elsewhere.
            ("play_and_get_digits", "1 4 2 1000 x# silence silence digits ^2", "1#", "digits", "1#"),
            ("play_and_get_digits", "1 4 2 1000 x# silence silence digits ^2 0 '2 XML default'", "1#", "other", nil),
        ] as [(String, String, String, String, String?)]
    )
    func collects(_ application: String, _ data: String, _ keys: String, _ name: String, _ value: String?) throws {
        let exchange = try TestSwitch(Self.dialplan([("answer", ""), (application, data), ("park", "")]))
        let call = try exchange.call("1")
        _ = exchange.command("uuid_recv_dtmf \(call.id) \(keys)")
        exchange.loop.advance(by: .seconds(5))
        #expect(exchange.variable(name, of: call) == value)
        #expect(exchange.variable("hangup_cause", of: call) == nil)
    }
}
