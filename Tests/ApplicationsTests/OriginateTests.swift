import SwitchCore
import TandemTesting
import Testing

/// What becomes of dial strings: who is rung when, who wins, and why nobody does.
struct OriginateTests {
    private static let never = "null_enable_auto_answer=0"
    private static let early = "[null_pre_answer=1,null_auto_answer_delay=2000]null/a"
    /// An expression that the leg finds, not the caller.
    private static let nested = "execute_on_answer='set a=\\${uuid}'"
    private static let directory = """
        <domain name="d"><params><param name="dial-string" value="error/USER_BUSY|null/${dialed_user}"/></params>
          <groups><group name="all"><users>
            <user id="1000"><params><param name="dial-var-colour" value="blue"/></params>
              <variables><variable name="area" value="212"/></variables></user>
            <user id="1001"><params><param name="dial-string" value="[leg_timeout=2,\(never)]null/silent"/></params></user>
            <user id="1002"><params><param name="dial-string" value="user/1002@d"/></params></user>
          </users></group><group name="desk"><users><user id="1003"><params>
            <param name="dial-string" value="error/NO_ANSWER"/>
            <param name="group-dial-string" value="{given=${dialed_user}@${dialed_domain}}null/${dialed_group}"/>
            </params></user><user id="1004"><params><param name="dial-string" value="error/USER_BUSY"/></params></user>
          </users></group></groups></domain>
        """

    /// A leg whose early media was ignored connects by it once somebody says so, before the audio or after.
    @Test(arguments: [(0.5, 1), (1.5, 2)])
    func earlyMediaCountsWhenAsked(_ seconds: Double, _ connected: Double) throws {
        let settings = "{origination_uuid=leg,ignore_early_media=true}"
        let call = try CallerFixture(["bridge \(settings)loopback/early"])
        call.advance(seconds)
        #expect(call.exchange.command("uuid_early_ok leg") == "")
        #expect((call.variable("bridge_channel") != nil) == (seconds > 1))
        call.advance(connected - seconds)
        #expect(call.variable("bridge_channel") != nil)
        #expect(call.leftovers() == [0, 0])
    }

    /// The caller's variable after so many seconds of `bridge` with a dial string.
    @Test(
        arguments: [
            ("null/a", 0, "bridge_channel", "null/a"),
            ("null/a", 0, "originate_disposition", "SUCCESS"),
            ("null/a", 0, "DIALSTATUS", "SUCCESS"),
            // At the same time, and one after the other.
            ("[null_auto_answer_delay=3000]null/a,[null_auto_answer_delay=1000]null/b", 2, "bridge_channel", "null/b"),
            ("error/USER_BUSY|null/b", 0, "bridge_channel", "null/b"),
            ("loopback/busy|null/b", 0.5, "bridge_channel", nil),
            ("loopback/busy|null/b", 2, "bridge_channel", "null/b"),
            ("error/USER_BUSY,error/NO_ANSWER", 0, "originate_disposition", "NO_ANSWER"),
            ("loopback/busy,error/NO_ANSWER", 2, "originate_disposition", "USER_BUSY"),
            ("error/USER_BUSY:_:[null_auto_answer_delay=1000]null/b", 2, "bridge_channel", "null/b"),
            (
                "[\(never)]null/a|null/b:_:error/USER_BUSY|[null_auto_answer_delay=900]null/c", 2, "bridge_channel",
                "null/c"
            ),
            ("error/USER_BUSY:_:error/USER_BUSY", 0, "originate_disposition", "USER_BUSY"),
            // Limits.
            ("[leg_timeout=2,\(never)]null/a|null/b", 1.9, "bridge_channel", nil),
            ("[leg_timeout=2,\(never)]null/a|null/b", 2.1, "bridge_channel", "null/b"),
            ("[leg_timeout=2,\(never)]null/a", 3, "originate_disposition", "ALLOTTED_TIMEOUT"),
            ("{originate_timeout=2}[\(never)]null/a|null/b", 3, "originate_disposition", "NO_ANSWER"),
            ("{originate_timeout=2}[\(never)]null/a|null/b", 3, "DIALSTATUS", "NOANSWER"),
            (
                "{originate_timeout=2,originate_continue_on_timeout=true}[\(never)]null/a|null/b", 3, "bridge_channel",
                "null/b"
            ),
            ("{progress_timeout=2,\(never)}null/a", 3, "originate_disposition", "NO_ANSWER"),
            ("{progress_timeout=2,\(never)}null/a", 3, "originate_failed_cause", "PROGRESS_TIMEOUT"),
            ("{progress_timeout=2}loopback/rings", 3, "originate_disposition", "failure"),
            ("[leg_progress_timeout=2,\(never)]null/a|null/b", 3, "bridge_channel", "null/b"),
            ("[\(never)]null/a", 61, "originate_disposition", "NO_ANSWER"),
            // Delays, which shrink when nobody else is left.
            ("[\(never)]null/a,[leg_delay_start=3]null/b", 2.9, "bridge_channel", nil),
            ("[\(never)]null/a,[leg_delay_start=3]null/b", 3.1, "bridge_channel", "null/b"),
            ("error/USER_BUSY,[leg_delay_start=30]null/b", 0, "bridge_channel", "null/b"),
            ("[leg_delay_start=30]null/b", 0, "bridge_channel", "null/b"),
            ("{originate_delay_start=1500}null/b", 1, "bridge_channel", nil),
            ("{originate_delay_start=1500}null/b", 2, "bridge_channel", "null/b"),
            // Refusals.
            ("{fail_on_single_reject=USER_BUSY}[\(never)]null/a,loopback/busy|null/b", 2, "DIALSTATUS", "BUSY"),
            ("{fail_on_single_reject=!USER_BUSY}error/USER_BUSY|null/b", 0, "bridge_channel", "null/b"),
            ("{fail_on_single_reject=!USER_BUSY}error/NO_ANSWER|null/b", 0, "bridge_channel", nil),
            ("[leg_required=true]loopback/busy,[\(never)]null/b", 2, "originate_disposition", "USER_BUSY"),
            // Early media.
            ("[null_pre_answer=1,null_auto_answer_delay=2000]null/a", 1, "bridge_channel", "null/a"),
            (
                "{ignore_early_media=true}[null_pre_answer=1,null_auto_answer_delay=2000]null/a", 1, "bridge_channel",
                nil
            ),
            (
                "{ignore_early_media=ring_ready}[null_pre_answer=1,null_auto_answer_delay=2000]null/a", 3,
                "bridge_channel", "null/a"
            ),
            ("{bridge_early_media=true}[null_pre_answer=1,\(never)]null/a", 1, "bridge_channel", nil),
            ("{return_ring_ready=true}loopback/rings", 0, "originate_disposition", "SUCCESS"),
            ("{group_confirm_early_ok=true,ignore_early_media=true}\(early)", 1, "bridge_channel", "null/a"),
            ("{group_confirm_early_ok=false}\(early)", 1, "bridge_channel", nil),
            // Confirmation.
            ("{group_confirm_key=exec,group_confirm_file=sleep 2000}null/a", 1, "bridge_channel", nil),
            ("{group_confirm_key=exec,group_confirm_file=sleep 2000}null/a", 3, "bridge_channel", "null/a"),
            ("{group_confirm_key=exec,group_confirm_file=hangup}null/a", 0, "originate_disposition", "NORMAL_CLEARING"),
            ("{group_confirm_key=1,leg_timeout=3}null/a", 4, "originate_disposition", "ALLOTTED_TIMEOUT"),
            (
                "{group_confirm_key=1,leg_timeout=3,group_confirm_timeout=0}null/a", 4, "originate_disposition",
                "failure"
            ),
            (
                "{group_confirm_key=1,leg_timeout=3,group_confirm_cancel_timeout=true}null/a", 4,
                "originate_disposition", "failure"
            ),
            (
                "{group_confirm_key=1,leg_timeout=3,group_confirm_cancel_timeout=false}null/a", 4,
                "originate_disposition", "ALLOTTED_TIMEOUT"
            ),
            // Users and groups.
            ("user/1000@d", 0, "bridge_channel", "null/1000"),
            ("user/1000@d,user/1001@d", 0, "bridge_channel", "null/1000"),
            ("user/1001@d|user/1000@d", 3, "bridge_channel", "null/1000"),
            ("user/1002@d", 0, "originate_disposition", "INVALID_IE_CONTENTS"),
            ("group/all@d+F", 0, "bridge_channel", "null/1000"),
            ("group/all@d+E", 0, "bridge_channel", "null/1000"),
            // A member's dial string for groups goes before the other one.
            ("group/desk@d", 0, "bridge_channel", "null/desk"), ("group/desk@d", 0, "dialed_group", "desk"),
            ("group/desk@d+F", 0, "bridge_channel", "null/desk"), ("user/1003@d", 0, "bridge_channel", nil),
            ("group/nobody@d", 0, "originate_disposition", "NO_ROUTE_DESTINATION"),
            // Failures to order.
            ("null/cause-USER_BUSY", 0, "originate_disposition", "USER_BUSY"),
            ("[null_hangup_cause=NO_ANSWER]null/a|null/b", 0, "bridge_channel", "null/b"),
            ("{null_hangup_cause=21}null/a", 0, "originate_disposition", "CALL_REJECTED"),
            ("null/cause-whatever", 0, "originate_disposition", "NORMAL_CLEARING"),
            // What cannot be.
            ("nonsense", 0, "originate_disposition", "CHAN_NOT_IMPLEMENTED"),
            ("", 0, "DIALSTATUS", nil),
            ("pickup/key", 61, "originate_disposition", "NO_ANSWER"),
            ("pickup/key,error/USER_BUSY", 0, "originate_disposition", "USER_BUSY"),
        ] as [(String, Double, String, String?)]
    )
    func rings(_ dial: String, _ seconds: Double, _ name: String, _ value: String?) throws {
        let call = try CallerFixture(
            ["set continue_on_fail=true", "bridge \(dial)", "park"],
            directory: Self.directory
        )
        call.advance(seconds)
        #expect(call.variable(name) == value)
        #expect(call.leftovers() == [0, 0])
    }

    /// When everything is tried again.
    @Test(arguments: [
        ("originate_retries=3,originate_retry_sleep_ms=1000", 1.9, "failure"),
        ("originate_retries=3,originate_retry_sleep_ms=1000", 2.1, "USER_BUSY"),
        ("originate_retries=3,originate_retry_sleep_ms=1000,originate_retry_min_period_ms=5000", 9.9, "failure"),
        ("originate_retries=3,originate_retry_sleep_ms=1000,originate_retry_min_period_ms=5000", 10.1, "USER_BUSY"),
        ("originate_retries=500,originate_retry_timeout=5", 5.9, "failure"),
        ("originate_retries=500,originate_retry_timeout=5", 7.1, "USER_BUSY"),
        ("originate_retries=500", 0, "USER_BUSY"),
    ])
    func retries(_ variables: String, _ seconds: Double, _ disposition: String) throws {
        let call = try CallerFixture(["set continue_on_fail=true", "bridge {\(variables)}error/USER_BUSY", "park"])
        call.advance(seconds)
        #expect(call.variable("originate_disposition") == disposition)
        #expect(call.leftovers() == [0, 0])
    }

    /// The variables of the leg `leg`.
    @Test(
        arguments: [
            (["export a=1", "bridge [origination_uuid=leg]null/a"], "a", "1"),
            (["export nolocal:a=1", "bridge [origination_uuid=leg]null/a"], "a", "1"),
            (["set a=1", "bridge [origination_uuid=leg]null/a"], "a", nil),
            (["export a=1", "bridge [origination_uuid=leg]null/a"], "export_vars", "a"),
            (["bridge_export a=1", "bridge [origination_uuid=leg]null/a"], "a", "1"),
            (["export a=1", "bridge {a=2}[origination_uuid=leg,a=3]null/a"], "a", "2"),
            (["export a=1", "bridge {local_var_clobber=true}[origination_uuid=leg,a=3]null/a"], "a", "3"),
            (["bridge <a=1,b=1>{a=2}[origination_uuid=leg,b=3]null/a"], "b", "1"),
            (["bridge [^^:origination_uuid=leg:a=x,y]null/a"], "a", "x,y"),
            (["set max_forwards=9", "bridge [origination_uuid=leg]null/a"], "max_forwards", "8"),
            (["bridge [origination_uuid=leg]null/a"], "originate_endpoint", "null"),
            (["bridge {origination_uuid=leg}user/1000@d"], "area", "212"),
            (["bridge {origination_uuid=leg}user/1000@d"], "presence_id", "1000@d"),
            (["bridge {origination_uuid=leg}user/1000@d"], "dialed_user", "1000"),
            (["bridge {origination_uuid=leg}user/1000@d"], "colour", "blue"),
            (["bridge [origination_uuid=leg]null/a"], "originating_leg_uuid", "CALLER"),
            (["bridge [origination_uuid=leg,execute_on_answer=set a=1]null/a"], "a", "1"),
            (["bridge [origination_uuid=leg,execute_on_answer=set:a=1]null/a"], "a", "1"),
            (
                ["bridge [origination_uuid=leg,execute_on_answer_1='set a=1',execute_on_answer_2='set b=2']null/a"],
                "b", "2"
            ),
            // Only an administrator who says so has expressions for later in variables of legs.
            (["bridge [origination_uuid=leg,\(nested)]null/a"], "a", nil),
            (["bridge {origination_nested_vars=true}[origination_uuid=leg,\(nested)]null/a"], "a", "leg"),
            (["bridge [origination_uuid=leg,execute_on_ring=set a=1]loopback/rings"], "a", "1"),
            (["bridge [origination_uuid=leg,api_on_ring=uuid_setvar leg a 1]loopback/rings"], "a", "1"),
            (["bridge [origination_uuid=leg,execute_on_ring=set a=1]null/a"], "a", nil),
            (["bridge [origination_uuid=leg,null_pre_answer=1,execute_on_pre_answer=set a=1]null/a"], "a", "1"),
            (["bridge [origination_uuid=leg,execute_on_pre_answer=set a=1]null/a"], "a", nil),
            (["set execute_on_pre_originate=export a=1", "bridge [origination_uuid=leg]null/a"], "a", "1"),
            (["bridge [origination_uuid=leg,api_on_originate=uuid_setvar leg a 1]null/a"], "a", "1"),
            (["bridge [origination_uuid=leg,execute_on_media=set a=1]null/a"], "a", "1"),
            (["bridge [origination_uuid=leg,execute_on_originate=set a=1]null/a"], "a", "1"),
            (["bridge [origination_uuid=leg,execute_on_post_originate=set a=1]null/a"], "a", "1"),
            (["bridge [origination_uuid=leg,execute_on_pre_bridge=set a=1]null/a"], "a", "1"),
            (["bridge [origination_uuid=leg,api_on_answer=uuid_setvar leg a 1]null/a"], "a", "1"),
            (
                [
                    "set bridge_pre_execute_bleg_app=set", "set bridge_pre_execute_bleg_data=a=1",
                    "bridge [origination_uuid=leg]null/a",
                ], "a", "1"
            ),
        ] as [([String], String, String?)]
    )
    func givesVariables(_ lines: [String], _ name: String, _ value: String?) throws {
        let call = try CallerFixture(lines, directory: Self.directory)
        #expect(call.softswitch.sessions["leg"] != nil)
        #expect(call.variable(name, of: "leg") == value?.replacing("CALLER", with: call.caller.id))
        #expect(call.leftovers() == [0, 0])
    }

    /// Whether the caller hears that somebody rings.
    @Test(
        arguments: [
            ("", true), ("{ignore_ring_ready=false}", true), ("{ignore_ring_ready=true}", false),
        ]
    )
    func ringsForTheCaller(_ settings: String, _ isHeard: Bool) throws {
        let call = try CallerFixture(["bridge \(settings)loopback/rings"])
        call.advance(1)
        let caller = call.caller
        #expect(call.exchange.run { await caller.isRinging } == isHeard)
        #expect(call.leftovers() == [0, 0])
    }

    /// A leg knows who has called it, and the caller whom it has called.
    @Test(
        arguments: [
            (true, "${aleg_destination_number}", "1"), (true, "${aleg_caller_id_name}", "Ann"),
            (true, "${bleg_destination_number}", ""), (false, "${bleg_destination_number}", "a"),
            (true, "${aleg_nonsense}", ""),
        ]
    )
    func knowsTheOtherLeg(_ isCalled: Bool, _ text: String, _ value: String) throws {
        let call = try CallerFixture([
            "set_profile_var caller_id_name=Ann", "answer", "bridge [origination_uuid=leg]null/a",
        ])
        let leg = try #require(call.softswitch.sessions["leg"])
        let session = isCalled ? leg : call.caller
        #expect(call.exchange.run { await session.expand(text) } == value)
        #expect(call.leftovers() == [0, 0])
    }

    /// Who calls, and who is called, as the leg knows them.
    @Test(
        arguments: [
            ("set effective_caller_id_name=Ann", "", "caller_id_name", "Ann"),
            ("set effective_caller_id_name=Ann", "origination_caller_id_name=Bob", "caller_id_name", "Bob"),
            ("set effective_ani=5", "", "ani", "5"), ("log x", "origination_ani=6", "ani", "6"),
            ("set effective_ani=5", "origination_ani=6", "ani", "6"), ("log x", "origination_aniii=7", "aniii", "7"),
            ("log x", "origination_callee_id_name=Cy", "callee_id_name", "Cy"),
            ("log x", "", "callee_id_number", "a"),
            ("log x", "origination_privacy=hide_name:hide_number", "privacy_hide_name", "true"),
            ("log x", "origination_channel_name=other/name", "chan_name", "other/name"),
        ]
    )
    func tellsWhoCalls(_ line: String, _ variables: String, _ field: String, _ value: String) throws {
        let call = try CallerFixture([line, "bridge [origination_uuid=leg,\(variables)]null/a"])
        let leg = try #require(call.softswitch.sessions["leg"])
        let known = call.exchange.run { await leg.profile.field(field) }
        #expect(known == value)
    }

    @Test func hasOneChannelForAUUID() throws {
        let call = try CallerFixture([
            "bridge {origination_uuid=leg,\(Self.never)}null/a,null/b"
        ])
        // Two of the loopback call, two that ring: one of them has another UUID.
        #expect(call.softswitch.sessions.count == 4)
        #expect(call.leftovers() == [0, 0])
    }

    @Test func tellsOfEveryLeg() throws {
        let call = try CallerFixture([
            "set continue_on_fail=true", "bridge [origination_uuid=x]loopback/busy|[origination_uuid=y]null/b", "park",
        ])
        call.advance(2)
        #expect(call.variable("originated_legs") == "ARRAY::x;Outbound Call;busy|:y;Outbound Call;b")
        #expect(call.variable("originate_causes") == "ARRAY::x;USER_BUSY|:y;NONE")
    }

    /// Keys that confirm: the wrong ones do not.
    @Test func waitsForKeys() throws {
        let call = try CallerFixture(["bridge {group_confirm_key=12,origination_uuid=leg}null/a"])
        _ = call.exchange.command("uuid_recv_dtmf leg 13")
        call.advance(1)
        #expect(call.variable("bridge_channel") == nil)
        _ = call.exchange.command("uuid_recv_dtmf leg 12")
        #expect(call.variable("bridge_channel") == "null/a")
        #expect(call.variable("group_dial_status", of: "leg") == "winner")
        #expect(call.leftovers() == [0, 0])
    }

    /// Keys that confirm count when they come soon enough after one another: within five seconds where nothing is said.
    @Test(
        arguments: [
            ("", 3, true), ("", 6, false), (",group_confirm_read_timeout=2000", 1, true),
            (",group_confirm_read_timeout=2000", 3, false), (",group_confirm_read_timeout=8000", 6, true),
            (",group_confirm_read_timeout=0", 3, true), (",group_confirm_read_timeout=soon", 6, false),
        ] as [(String, Double, Bool)]
    )
    func waitsBetweenKeys(_ setting: String, _ seconds: Double, _ isConfirmed: Bool) throws {
        let call = try CallerFixture(["bridge {group_confirm_key=12,origination_uuid=leg\(setting)}null/a"])
        _ = call.exchange.command("uuid_recv_dtmf leg 1")
        call.advance(seconds)
        _ = call.exchange.command("uuid_recv_dtmf leg 2")
        #expect((call.variable("bridge_channel") == "null/a") == isConfirmed)
        #expect(call.leftovers() == [0, 0])
    }

    /// The others hear that they lost, whatever state they are in.
    @Test func hangsUpTheOthers() throws {
        let call = try CallerFixture([
            "bridge [origination_uuid=x,\(Self.never)]null/a,[null_auto_answer_delay=1000]null/b"
        ])
        let loser = try #require(call.softswitch.sessions["x"])
        call.advance(2)
        #expect(call.exchange.variable("hangup_cause", of: loser) == "LOSE_RACE")
        #expect(call.exchange.variable("group_dial_status", of: loser) == "loser")
    }

    @Test func isPickedUp() throws {
        let call = try CallerFixture(["bridge pickup/desk,[\(Self.never)]null/a"])
        _ = call.exchange.command("originate {origination_uuid=taker}loopback/app=pickup:desk &park()")
        let other = try #require(call.variable("other_loopback_leg_uuid", of: "taker"))
        #expect(call.variable("bridge_uuid") == other)
        #expect(call.variable("bridge_uuid", of: other) == call.caller.id)
        _ = call.leftovers()
        #expect(call.softswitch.sessions.count == 0)
    }
}
