import SwitchCore
import TandemTesting
import Testing

/// Applications that wait, limit, and read what is known of users and of the switch.
struct NamedApplicationTests {
    private static let directory = """
        <domain name="example.org"><params/><variables><variable name="tenant" value="one"/></variables>
        <groups><group name="all"><users><user id="1000"><variables>
        <variable name="accountcode" value="42"/><variable name="toll_allow" value="local"/>
        </variables></user></users></group></groups></domain>
        """

    @Test(
        arguments: [
            (["set_global g=1"], "g", "1"), (["set_global g=1", "set_global g=2=1"], "g", "2"),
            (["set_global g=1", "set_global g=2=9"], "g", "1"), (["set_global nonsense"], "g", ""),
        ]
    )
    func setsGlobals(_ lines: [String], _ name: String, _ value: String) throws {
        let call = try CallerFixture(lines + ["set after=${g}", "park"])
        #expect(call.exchange.command("global_getvar \(name)") == value)
        #expect((call.variable("after") ?? "") == value)
    }

    @Test(
        arguments: [
            ("set_user 1000@example.org", "accountcode", "42"), ("set_user 1000@example.org", "tenant", "one"),
            ("set_user 1000@example.org", "user_name", "1000"),
            ("set_user 1000@example.org", "domain_name", "example.org"),
            ("set_user 1000@example.org their_", "their_toll_allow", "local"),
            ("set_user 1000@example.org their_", "toll_allow", nil), ("set_user 1001@example.org", "accountcode", nil),
            ("set_user 1000", "accountcode", nil),
        ] as [(String, String, String?)]
    )
    func setsUsers(_ line: String, _ name: String, _ value: String?) throws {
        let call = try CallerFixture([line, "set after=yes", "park"], directory: Self.directory)
        #expect(call.variable(name) == value)
        #expect(call.variable("after") == "yes")
    }

    @Test func waitsForTheAnswer() throws {
        let call = try CallerFixture(["wait_for_answer", "set after=yes", "park"])
        call.advance(60)
        #expect(call.variable("after") == nil)
        #expect(call.exchange.command("uuid_answer \(call.caller.id)") == "+OK\n")
        #expect(call.variable("after") == "yes")
    }

    /// Tasks of the channel are taken back, all of them or those of a group.
    @Test(
        arguments: [
            (["sched_hangup +5", "sched_cancel"], nil),
            (["sched_hangup +5", "sched_cancel nothing"], "ALLOTTED_TIMEOUT"),
            (["sched_hangup +5", "sched_cancel ${uuid}"], nil),
            (["sched_transfer +5 2 XML default", "sched_cancel"], nil), (["sched_hangup +5 USER_BUSY"], "USER_BUSY"),
        ] as [([String], String?)]
    )
    func cancels(_ lines: [String], _ cause: String?) throws {
        let call = try CallerFixture(lines + ["park"])
        call.advance(10)
        #expect(call.variable("hangup_cause") == cause)
        #expect(call.variable("other") == nil)
    }

    /// The second of two calls, with room for one.
    @Test(
        arguments: [
            (["limit_hash r n 1 2"], "other", "2"), (["limit_hash r n 1 !USER_BUSY"], "hangup_cause", "USER_BUSY"),
            (["limit_hash r n 2 2"], "other", nil),
            (["limit_execute hash r n 1 set ran=yes", "set after=yes"], "ran", "yes"),
            // Who is parked by it holds it; who is sent elsewhere does not.
            (["limit_execute hash r n 1 park", "set after=yes"], "after", "yes"),
            (["limit_execute hash r n 2 park", "set after=yes"], "after", nil),
            (["limit_execute hash r n 1 transfer 2 XML default", "set after=yes"], "other", "2"),
        ] as [([String], String, String?)]
    )
    func limits(_ lines: [String], _ name: String, _ value: String?) throws {
        let call = try CallerFixture(lines + ["park"])
        let second = try call.exchange.call("1")
        #expect(call.exchange.variable(name, of: second) == value)
        _ = call.exchange.command("hupall")
        #expect(call.exchange.command("limit_usage hash r n") == "0")
    }

    /// What is known of the channel is told at the level that is asked for.
    @Test(
        arguments: [
            ("info", ["info"]), ("info notice", ["notice"]), ("info WARNING", ["warning"]), ("info loud", []),
        ] as [(String, [String])]
    )
    func tellsAtALevel(_ line: String, _ levels: [String]) throws {
        let log = LogCapture()
        let call = try CallerFixture([line, "park"], log: log)
        let told = log.lines.filter { $0.hasPrefix("CHANNEL_DATA:\n") }
        #expect(told.flatMap { log.levels(of: String($0.dropLast())) } == levels)
        #expect(call.leftovers() == [0, 0])
    }

    /// What is only done within a limit is not done by somebody else, who goes on.
    @Test func limitsExecutions() throws {
        let call = try CallerFixture(["limit_hash r n 1", "park"])
        let other = try call.exchange.call("2")
        for lines in ["limit_execute", "limit_hash_execute"] {
            let data = lines == "limit_execute" ? "hash r n 1 set ran=yes" : "r n 1 set ran=yes"
            _ = call.exchange.run { await other.execute(lines, data) }
            #expect(call.exchange.variable("ran", of: other) == nil)
        }
        _ = call.leftovers()
        _ = call.exchange.run { await other.execute("limit_execute", "hash r n 1 set ran=yes") }
        #expect(call.exchange.variable("ran", of: other) == "yes")
    }

    /// Both ends are given something beside what they do.
    @Test(
        arguments: [("", ["yes", "yes"]), ("aleg", ["yes", nil]), ("bleg", [nil, "yes"])] as [(String, [String?])]
    )
    func broadcasts(_ legs: String, _ heard: [String?]) throws {
        let leg = "{origination_uuid=leg,null_enable_auto_answer=true}null/x"
        let call = try CallerFixture(["answer", "bridge \(leg)"])
        #expect(call.exchange.loop.runUntil { call.variable("bridge_uuid") == "leg" })
        let caller = call.caller
        _ = call.exchange.run { await caller.execute("broadcast", "set::heard=yes \(legs)") }
        call.advance(1)
        #expect([call.variable("heard"), call.variable("heard", of: "leg")] == heard)
    }

    /// The figures of the audio are variables when they are asked for.
    @Test func setsFigures() throws {
        let call = try CallerFixture(["answer", "set_media_stats", "set after=yes", "park"])
        #expect(call.exchange.loop.runUntil { call.variable("after") == "yes" })
        #expect(call.variable("rtp_audio_in_packet_count").flatMap { Int($0) } != nil)
    }

    /// Without effect, and no error.
    @Test(arguments: ["clear_speech_cache", "acknowledge_call", "unloop", "stop"])
    func goesOn(_ application: String) throws {
        let call = try CallerFixture([application, "set after=yes", "park"])
        #expect(call.variable("after") == "yes" && call.variable("missing_application") == nil)
    }

    /// The time of the processors is two numbers, which can be set back.
    @Test func tellsProcessorTime() throws {
        let exchange = try TestSwitch("")
        func times(_ line: String) throws -> [Int] {
            let parts = exchange.command(line).split(separator: ",").map { Int($0.trimmingPrefix(" ")) }
            return try parts.map { try #require($0) }
        }
        let first = try times("getcputime")
        let before = try times("getcputime reset")
        let after = try times("getcputime")
        #expect(first.count == 2 && before.count == 2 && after.count == 2)
        #expect(before[0] >= first[0] && first[0] > 0)
        #expect(after[0] >= 0 && after[0] < before[0] && after[1] >= 0)
    }
}
