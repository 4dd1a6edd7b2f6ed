import SwitchCore
import TandemTesting
import Testing

/// The life of a bridge: what fails, what ends, and where both sides go then.
struct BridgeTests {
    /// What becomes of a bridge of A and B when one of them consults C and then something happens: who is bridged with whom
    /// afterwards, and who is left.
    @Test(arguments: [
        ("a", "a hangs up", "b-c"), ("a", "a presses *", "b-c"), ("a", "a presses #", "a-b"),
        ("a", "c hangs up", "a-b"),
        ("a", "b hangs up", "a"), ("b", "b hangs up", "a-c"), ("b", "b presses *", "a-c"), ("b", "b presses #", "a-b"),
        ("b", "c hangs up", "a-b"), ("b", "a hangs up", ""), ("a", "a presses 0", "a-b c"),
        ("a", "a presses 5", "a-b c"),
    ])
    func consults(_ who: String, _ event: String, _ left: String) throws {
        let call = try CallerFixture(["answer", "bridge {origination_uuid=b}null/b", "park"])
        let names = ["a": call.caller.id, "b": "b", "c": "c"]
        let session = try #require(call.softswitch.sessions[names[who] ?? ""])
        _ = call.exchange.run { await session.broadcast("att_xfer", "{origination_uuid=c}null/c") }
        #expect(call.exchange.loop.runUntil { call.softswitch.sessions["c"] != nil })
        let words = event.split(separator: " ").map(String.init)
        let id = names[words[0]] ?? ""
        if words[1] == "presses" {
            _ = call.exchange.command("uuid_recv_dtmf \(id) \(words[2])")
        } else {
            call.hangUp(id)
        }
        let pairs = ["a", "b", "c"].compactMap { name -> String? in
            guard let id = names[name], call.softswitch.sessions[id] != nil else { return nil }
            let partner = call.variable("bridge_uuid", of: id).flatMap { uuid in names.first { $0.value == uuid }?.key }
            guard let partner, call.softswitch.sessions[names[partner] ?? ""] != nil else { return name }
            return partner > name ? "\(name)-\(partner)" : nil
        }
        #expect(pairs.joined(separator: " ") == left)
        for id in names.values { call.hangUp(id) }
        #expect(call.leftovers() == [0, 0])
    }

    /// What becomes of a channel whose partner of `uuid_bridge` goes before it has answered.
    @Test(
        arguments: [
            ("uuid_bridge_continue_on_cancel=true", "yes", false), ("uuid_bridge_park_on_cancel=true", nil, false),
            ("uuid_bridge_park_on_cancel=false", nil, true),
        ] as [(String, String?, Bool)]
    )
    func goesOnWithoutAPartner(_ setting: String, _ after: String?, _ isOver: Bool) throws {
        let call = try CallerFixture(["set \(setting)", "answer", "sleep 60000", "set after=yes", "park"])
        let other = try call.exchange.call("2")
        #expect(call.exchange.answer("uuid_bridge \(call.caller.id) \(other.id)") == "+OK \(other.id)\n")
        #expect(call.exchange.loop.runUntil { call.variable("bridge_uuid") == other.id })
        call.hangUp(other.id)
        #expect(call.exchange.loop.runUntil { call.exchange.variable("hangup_cause", of: other) != nil })
        #expect(call.variable("after") == after)
        #expect((call.variable("hangup_cause") != nil) == isOver)
        #expect(call.leftovers() == [0, 0])
    }

    /// Nobody is reached: the bridge goes on.
    @Test func consultsNobody() throws {
        let call = try CallerFixture(["answer", "bridge {origination_uuid=b}null/b"])
        let caller = call.caller
        _ = call.exchange.run { await caller.broadcast("att_xfer", "error/USER_BUSY") }
        #expect(call.variable("last_app") == "att_xfer")
        #expect(call.variable("bridge_uuid") == "b")
        #expect(call.leftovers() == [0, 0])
    }

    /// A key that the caller presses while others ring: what came of the ringing, and whether the key is still there.
    @Test(
        arguments: [
            ("#", "#", "ORIGINATOR_CANCEL", ""), ("#", "5", nil, "5"), ("*1", "*", "ORIGINATOR_CANCEL", ""),
            ("", "#", nil, "#"),
        ] as [(String, String, String?, String)]
    )
    func cancelsRinging(_ setting: String, _ key: String, _ cause: String?, _ left: String) throws {
        let call = try CallerFixture([
            "answer", "set origination_cancel_key=\(setting)", "bridge [origination_uuid=b,\(Self.never)]null/b",
            "park",
        ])
        let (caller, exchange) = (call.caller, call.exchange)
        #expect(call.softswitch.sessions["b"] != nil)
        _ = exchange.command("uuid_recv_dtmf \(caller.id) \(key)")
        exchange.loop.runQueued()
        #expect(call.variable("originate_failed_cause") == cause)
        #expect((call.softswitch.sessions["b"] == nil) == (cause != nil))
        #expect(exchange.run { await String(caller.digits) } == left)
        #expect(exchange.run { await caller.keyListeners.isEmpty } == (cause != nil || setting.isEmpty))
        #expect(call.leftovers() == [0, 0])
    }

    /// The keys of a consultation are those that the channel's variables name, else its partner's: who is bridged with whom
    /// then, and whether C is still there.
    @Test(
        arguments: [
            ("attxfer_hangup_key=7", "", "7", "c"), ("attxfer_hangup_key=7", "", "*", nil),
            ("attxfer_cancel_key=78", "", "7", "b"), ("attxfer_cancel_key=78", "", "8", nil),
            ("attxfer_cancel_key=7", "", "#", nil), ("attxfer_conf_key=7", "", "0", nil),
            ("x=y", "attxfer_hangup_key=7", "7", "c"), ("attxfer_hangup_key=8", "attxfer_hangup_key=7", "7", nil),
            ("attxfer_hangup_key=#", "", "#", "c"),
        ] as [(String, String, String, String?)]
    )
    func consultsWithOtherKeys(_ own: String, _ partners: String, _ key: String, _ result: String?) throws {
        let call = try CallerFixture([
            "set \(own)", "answer", "bridge [origination_uuid=b,\(partners)]null/b", "park",
        ])
        Self.consult(call, "{origination_uuid=c}null/c", then: key)
        call.exchange.loop.runQueued()
        // It has taken A's place, or is gone; without a key that counts the consultation goes on.
        let isLeft = call.softswitch.sessions[call.caller.id] != nil
        #expect((call.softswitch.sessions["c"] != nil) == (result != "b"))
        #expect(isLeft == (result != "c"))
        if result == "c" { #expect(call.variable("bridge_uuid", of: "b") == "c") }
        for id in ["b", "c"] { call.hangUp(id) }
        #expect(call.leftovers() == [0, 0])
    }

    /// The key that all three talk with is another one.
    @Test func talksWithAllByAnotherKey() throws {
        let call = try CallerFixture([
            "set attxfer_conf_key=7", "answer", "bridge [origination_uuid=b]null/b", "park",
        ])
        Self.consult(call, "{origination_uuid=c}null/c", then: "7")
        #expect(call.exchange.loop.runUntil { call.variable("current_application", of: "c") == "three_way" })
        for id in ["b", "c"] { call.hangUp(id) }
        #expect(call.leftovers() == [0, 0])
    }

    /// The one who is consulted does not answer: the key takes the caller back to its partner.
    @Test func cancelsAConsultation() throws {
        let call = try CallerFixture([
            "answer", "set origination_cancel_key=#", "bridge {origination_uuid=b}null/b", "park",
        ])
        Self.consult(call, "[origination_uuid=c,\(Self.never)]null/c", then: "#")
        call.exchange.loop.runQueued()
        #expect(call.softswitch.sessions["c"] == nil)
        #expect(call.variable("bridge_uuid") == "b")
        #expect(call.softswitch.sessions["b"] != nil)
        #expect(call.leftovers() == [0, 0])
    }

    private static let never = "null_enable_auto_answer=0"

    /// Has the caller consult somebody, and press a key as soon as there is a channel for that.
    private static func consult(_ call: CallerFixture, _ dialString: String, then key: String) {
        let caller = call.caller
        _ = call.exchange.run { await caller.broadcast("att_xfer", dialString) }
        #expect(call.exchange.loop.runUntil { call.softswitch.sessions["c"] != nil })
        _ = call.exchange.command("uuid_recv_dtmf \(caller.id) \(key)")
    }

    /// The caller's hang-up cause, or `other` when it went to another extension, after a bridge that failed.
    @Test(
        arguments: [
            ([], "USER_BUSY", "USER_BUSY"), ([], "NO_ANSWER", nil), ([], "NO_USER_RESPONSE", nil),
            ([], "ORIGINATOR_CANCEL", nil), ([], "ATTENDED_TRANSFER", "ATTENDED_TRANSFER"),
            (["continue_on_fail=true"], "USER_BUSY", nil), (["continue_on_fail=false"], "NO_ANSWER", "NO_ANSWER"),
            (["continue_on_fail=17,NO_ANSWER"], "NO_ANSWER", nil),
            (["continue_on_fail=NO_ANSWER"], "USER_BUSY", "USER_BUSY"),
            (["continue_on_fail=true"], "ATTENDED_TRANSFER", "ATTENDED_TRANSFER"),
            (["failure_causes=USER_BUSY"], "USER_BUSY", "USER_BUSY"),
            (["failure_causes=USER_BUSY"], "CALL_REJECTED", nil),
            (["failure_causes=USER_BUSY", "continue_on_fail=USER_BUSY"], "USER_BUSY", nil),
            (["transfer_on_fail=USER_BUSY 2"], "USER_BUSY", "other 2"),
            (["transfer_on_fail=true auto_cause XML default"], "USER_BUSY", "other USER_BUSY"),
            (["transfer_on_fail=USER_BUSY 2"], "CALL_REJECTED", "CALL_REJECTED"),
            (["hangup_on_single_reject=true", "continue_on_fail=true"], "USER_BUSY", "USER_BUSY"),
        ] as [([String], String, String?)]
    )
    func fails(_ settings: [String], _ cause: String, _ expected: String?) throws {
        let call = try CallerFixture(settings.map { "set \($0)" } + ["bridge error/\(cause)", "park"])
        let other = call.variable("other").map { "other \($0)" }
        #expect(other ?? call.variable("hangup_cause") == expected)
        #expect(call.variable("originate_failed_cause") == cause)
        #expect(call.leftovers() == [0, 0])
    }

    /// The caller after the called party hung up.
    @Test(
        arguments: [
            ([], "parked", "yes"), (["hangup_after_bridge=true"], "hangup_cause", "NORMAL_CLEARING"),
            (["hangup_after_bridge=explicit"], "hangup_cause", "NORMAL_CLEARING"),
            (["park_after_bridge=true"], "parked", nil), (["park_after_bridge=true"], "hangup_cause", nil),
            (["transfer_after_bridge=2:XML:default"], "other", "2"),
            (["transfer_after_bridge=2", "hangup_after_bridge=true"], "other", "2"),
            (["exec_after_bridge_app=set", "exec_after_bridge_arg=after=1"], "after", "1"),
            (["execute_on_post_bridge=set after=1"], "after", "1"),
            (["execute_on_pre_bridge=set after=1"], "after", "1"),
            (["bridge_pre_execute_aleg_app=set", "bridge_pre_execute_aleg_data=after=1"], "after", "1"),
            ([], "bridge_hangup_cause", "NORMAL_CLEARING"), ([], "bridge_to", nil), ([], "bridge_uuid", "leg"),
            ([], "signal_bond", "leg"), ([], "last_bridge_to", "leg"),
            ([], "last_bridge_hangup_cause", "NORMAL_CLEARING"),
        ] as [([String], String, String?)]
    )
    func goesOn(_ settings: [String], _ name: String, _ value: String?) throws {
        let call = try CallerFixture(
            settings.map { "set \($0)" } + ["bridge [origination_uuid=leg]null/a", "set parked=yes", "park"]
        )
        #expect(call.variable("bridge_uuid") == "leg")
        call.hangUp("leg")
        #expect(call.variable(name) == value)
        #expect(call.leftovers() == [0, 0])
    }

    /// The caller after an early bridge: the called party went before it had answered.
    @Test(
        arguments: [
            ([], "hangup_cause", "USER_BUSY"), ([], "last_bridge_hangup_cause", "USER_BUSY"),
            (["park_after_early_bridge=true"], "hangup_cause", "USER_BUSY"),
            (["continue_on_fail=true"], "parked", "yes"),
            (["continue_on_fail=true", "park_after_early_bridge=true"], "parked", nil),
            (["continue_on_fail=true", "park_after_early_bridge=true"], "hangup_cause", nil),
            (["continue_on_fail=true", "park_after_bridge=true"], "parked", "yes"),
            (["continue_on_fail=true", "transfer_after_early_bridge=2:XML:default"], "other", "2"),
            (["continue_on_fail=true", "transfer_after_bridge=2"], "parked", "yes"),
        ] as [([String], String, String?)]
    )
    func goesOnAfterAnEarlyBridge(_ settings: [String], _ name: String, _ value: String?) throws {
        let leg = "[origination_uuid=leg,null_pre_answer=1,\(Self.never)]null/a"
        let call = try CallerFixture(settings.map { "set \($0)" } + ["bridge \(leg)", "set parked=yes", "park"])
        #expect(call.variable("bridge_uuid") == "leg")
        call.softswitch.sessions["leg"]?.requestHangUp(.userBusy)
        call.exchange.loop.runQueued()
        #expect(call.variable(name) == value)
        #expect(call.leftovers() == [0, 0])
    }

    /// The called party after the caller hung up.
    @Test(
        arguments: [
            ("a=1", "hangup_cause", "NORMAL_CLEARING"), ("park_after_bridge=true", "hangup_cause", nil),
            ("transfer_after_bridge=2", "other", "2"),
            ("exec_after_bridge_app=park", "hangup_cause", nil),
            ("null_pre_answer=1,\(never)", "hangup_cause", "ORIGINATOR_CANCEL"),
            ("null_pre_answer=1,\(never),execute_on_orphaned_bleg='transfer 2'", "other", "2"),
        ] as [(String, String, String?)]
    )
    func calledPartyGoesOn(_ settings: String, _ name: String, _ value: String?) throws {
        let call = try CallerFixture(["bridge [origination_uuid=leg,\(settings)]null/a"])
        let leg = try #require(call.softswitch.sessions["leg"])
        #expect(call.variable("bridge_uuid") == "leg")
        _ = call.leftovers()
        #expect(call.exchange.variable(name, of: leg) == value)
        call.hangUp("leg")
        #expect(call.softswitch.sessions.count == 0)
        #expect(call.exchange.loop.pendingTimers == 0)
    }

    /// The party that is held when the other one hangs up.
    @Test func heldPartyGoesElsewhere() throws {
        let call = try CallerFixture([
            "bridge [origination_uuid=leg,hold_hangup_xfer_exten=2]null/a", "set parked=yes", "park",
        ])
        let leg = try #require(call.softswitch.sessions["leg"])
        _ = call.exchange.run { await leg.remoteHeld(true) }
        call.hangUp("leg")
        #expect(call.variable("other") == "2")
        #expect(call.leftovers() == [0, 0])
    }

    @Test(
        arguments: [("-both", "2", "2", nil), ("-bleg", nil, "2", "yes"), ("", "2", nil, nil)]
            as [(String, String?, String?, String?)]
    )
    func isTransferred(_ option: String, _ caller: String?, _ called: String?, _ parked: String?) throws {
        let call = try CallerFixture([
            "set hangup_after_bridge=false", "bridge [origination_uuid=leg]null/a", "set parked=yes", "park",
        ])
        let leg = try #require(call.softswitch.sessions["leg"])
        #expect(call.exchange.command("uuid_transfer \(call.caller.id) \(option) 2") == "+OK\n")
        #expect(call.variable("other") == caller)
        #expect(call.exchange.variable("other", of: leg) == called)
        #expect(call.variable("parked") == parked)
        #expect(call.variable("bridge_to") == nil)
        _ = call.leftovers()
        call.hangUp("leg")
        #expect(call.softswitch.sessions.count == 0)
    }

    /// Both are sent elsewhere though the caller would be hung up after its bridge, whichever of them is named.
    @Test(arguments: [true, false])
    func sparesBoth(namesCaller: Bool) throws {
        let call = try CallerFixture(["set hangup_after_bridge=true", "bridge [origination_uuid=leg]null/a"])
        let leg = try #require(call.softswitch.sessions["leg"])
        _ = call.exchange.command("uuid_transfer \(namesCaller ? call.caller.id : "leg") -both 2")
        #expect(call.variable("other") == "2")
        #expect(call.exchange.variable("other", of: leg) == "2")
        #expect(call.variable("hangup_cause") == nil)
    }

    @Test func endsWithAKey() throws {
        for (uuid, settings) in [("caller", ""), ("leg", ",bridge_terminate_key=#")] {
            let call = try CallerFixture([
                "set bridge_terminate_key=\(settings.isEmpty ? "#" : "_undef_")",
                "bridge [origination_uuid=leg\(settings)]null/a", "set parked=yes", "park",
            ])
            _ = call.exchange.command("uuid_recv_dtmf \(uuid == "leg" ? "leg" : call.caller.id) #")
            #expect(call.variable("parked") == "yes")
            #expect(call.softswitch.sessions["leg"] == nil)
            #expect(call.leftovers() == [0, 0])
        }
    }

    @Test func earlyBridgeHasATimeLimit() throws {
        let call = try CallerFixture([
            "set bridge_answer_timeout=5", "bridge [null_pre_answer=1,\(Self.never)]null/a", "park",
        ])
        call.advance(6)
        #expect(call.variable("hangup_cause") == "ALLOTTED_TIMEOUT")
        #expect(call.leftovers() == [0, 0])
    }

    /// Whoever hangs up in whatever moment, nothing is left.
    @Test(arguments: [0, 0.5, 1, 1.5, 2.5], ["caller", "leg", "both"])
    func leavesNothing(after seconds: Double, who: String) throws {
        let call = try CallerFixture([
            "set continue_on_fail=false",
            "bridge [origination_uuid=leg,null_pre_answer=1,null_auto_answer_delay=1000]null/a,loopback/busy",
        ])
        call.advance(seconds)
        if who != "leg" { call.caller.requestHangUp(.normalClearing) }
        if who != "caller" { call.softswitch.sessions["leg"]?.requestHangUp(.normalClearing) }
        call.exchange.loop.runQueued()
        #expect(call.leftovers() == [0, 0])
    }

    @Test func campsOn() throws {
        let lines = [
            "set campon=true", "set campon_retries=3", "set campon_sleep=10", "set campon_timeout=5",
            "set campon_hold_music=silence",
        ]
        let patient = try CallerFixture(
            lines + ["set campon_fallback_exten=2", "bridge [\(Self.never)]null/a"]
        )
        patient.advance(34)
        #expect(patient.variable("other") == nil)
        patient.advance(2)
        #expect(patient.variable("other") == "2")
        #expect(patient.leftovers() == [0, 0])
        let lucky = try CallerFixture(lines + ["bridge null/a"])
        #expect(lucky.variable("bridge_channel") == "null/a")
        #expect(lucky.leftovers() == [0, 0])
    }

    /// Who does not want to wait any longer presses a key, and is sent where the variables say.
    @Test(
        arguments: [
            ("5", "2 XML default", "other", "2"), ("6", "2 XML default", "other", nil),
            ("5", "set:other=3 inline -", "other", "3"), ("5", nil, "hangup_cause", nil), ("5", nil, "over", "yes"),
        ] as [(String, String?, String, String?)]
    )
    func campsOnUntilAKey(_ key: String, _ fallback: String?, _ name: String, _ value: String?) throws {
        let words = fallback?.split(separator: " ").map(String.init) ?? []
        let target = zip(["exten", "dialplan", "context"], words).map { "set campon_fallback_\($0)=\($1)" }
        let call = try CallerFixture(
            ["set campon=true", "set campon_retries=9", "set campon_hold_music=silence", "set campon_stop_key=5"]
                + target + ["bridge error/USER_BUSY", "set over=yes", "park"]
        )
        call.advance(1)
        #expect(call.variable(name) == nil)
        _ = call.exchange.command("uuid_recv_dtmf \(call.caller.id) \(key)")
        call.advance(1)
        #expect(call.variable(name) == value)
        #expect(call.leftovers() == [0, 0])
    }

    @Test func hooksEndBeforeTheNextApplication() throws {
        let call = try CallerFixture([
            "set execute_on_answer=sleep 2000", "set execute_on_answer_2=set a=1", "answer", "set b=${a}", "park",
        ])
        call.advance(1)
        #expect(call.variable("b") == nil)
        call.advance(2)
        #expect(call.variable("b") == "1")
        #expect(call.leftovers() == [0, 0])
    }
}
