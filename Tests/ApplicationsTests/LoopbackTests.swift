import SwitchCore
import TandemTesting
import Testing

/// What becomes of the two channels of a loopback call between two others.
struct LoopbackTests {
    private static let real = "{origination_uuid=real}null/c"

    /// A caller (extension 1), and extensions that it calls through loopback channels.
    private final class Call {
        let exchange: TestSwitch
        let caller: Session

        init(_ lines: [(String, String)], _ behind: [(String, String)], variables: String = "") throws {
            exchange = try TestSwitch(
                Actions.extension("1", lines) + Actions.extension("2", behind)
                    + Actions.extension("3", [("bridge", "\(variables)loopback/2")])
            )
            caller = try exchange.call("1")
            exchange.loop.runQueued()
        }

        /// The channels that are bridged with each other, the caller as `caller`, loopback channels as `loopback`.
        var pairs: Set<String> {
            let softswitch = exchange.softswitch
            let (id, sessions) = (caller.id, softswitch.sessions.all)
            let names = sessions.compactMap { session -> String? in
                guard let other = exchange.run({ await session.partner?.id }) ?? nil else { return nil }
                return [session.id, other].map { uuid in
                    uuid == id ? "caller" : uuid.count > 12 ? "loopback" : uuid
                }.sorted().joined(separator: "–")
            }
            return Set(names)
        }

        /// How many channels and timers there are when the caller has gone.
        func leftovers() -> [Int] {
            caller.requestHangUp(.normalClearing)
            exchange.loop.runQueued()
            return [exchange.softswitch.sessions.count, exchange.loop.pendingTimers]
        }
    }

    /// Who is bridged with whom in the end, and how many channels there are; the caller has one at its other end, too.
    @Test(
        arguments: [
            // Both are answered.
            ("loopback/2", [("bridge", real)], ["caller–real"], 3),
            ("loopback/2", [("answer", ""), ("bridge", real)], ["caller–real"], 3),
            ("[null_auto_answer_delay=0]loopback/2", [("bridge", real)], ["caller–real"], 3),
            // One loopback call behind another, and several at once.
            ("loopback/3", [("bridge", real)], ["caller–real"], 3),
            ("loopback/3,loopback/5", [("bridge", real)], ["caller–real"], 3),
            // Somebody wants them, or needs them.
            ("{loopback_bowout=false}loopback/2", [("bridge", real)], ["caller–loopback", "loopback–real"], 5),
            (
                "loopback/2", [("set", "loopback_bowout=false"), ("bridge", real)],
                ["caller–loopback", "loopback–real"],
                5
            ),
            ("loopback/2", [("answer", ""), ("park", "")], ["caller–loopback"], 4),
            ("loopback/app=park", [], ["caller–loopback"], 4),
        ] as [(String, [(String, String)], Set<String>, Int)]
    )
    func bowsOut(dial: String, behind: [(String, String)], pairs: Set<String>, channels: Int) throws {
        let call = try Call([("answer", ""), ("bridge", dial)], behind)
        #expect(call.pairs == pairs)
        #expect(call.exchange.softswitch.sessions.count == channels)
        #expect(call.leftovers() == [0, 0])
    }

    /// Only an answer joins the two.
    @Test func waitsForTheAnswer() throws {
        let late = "{origination_uuid=real,null_pre_answer=1,null_auto_answer_delay=2000}null/c"
        let call = try Call([("answer", ""), ("bridge", "loopback/2")], [("bridge", late)])
        call.exchange.loop.advance(by: .seconds(1))
        #expect(call.pairs == ["caller–loopback", "loopback–real"])
        call.exchange.loop.advance(by: .seconds(2))
        #expect(call.pairs == ["caller–real"])
        #expect(call.leftovers() == [0, 0])
    }

    /// The caller's dialplan goes on where it was when the other side has gone; the two channels have ended with a
    /// cause of their own.
    @Test func goesOn() throws {
        let call = try Call(
            [("answer", ""), ("bridge", "{origination_uuid=outer}loopback/2"), ("set", "after=yes"), ("park", "")],
            [("bridge", "{x=y,null_auto_answer_delay=1000,origination_uuid=real}null/c"), ("set", "behind=yes")]
        )
        let outer = try #require(call.exchange.softswitch.sessions["outer"])
        let inner = try #require(
            call.exchange.softswitch.sessions[call.exchange.variable("other_loopback_leg_uuid", of: outer) ?? ""]
        )
        call.exchange.loop.advance(by: .seconds(2))
        for (session, other) in [(outer, "real"), (inner, "real")] {
            #expect(call.exchange.variable("hangup_cause", of: session) == "NORMAL_UNSPECIFIED")
            #expect(call.exchange.variable("loopback_hangup_cause", of: session) == "bridge")
            #expect(call.exchange.variable("loopback_bowout_other_uuid", of: session) == other)
        }
        #expect(call.exchange.variable("behind", of: inner) == nil)
        call.exchange.softswitch.sessions["real"]?.requestHangUp(.userBusy)
        call.exchange.loop.runQueued()
        #expect(call.exchange.variable("after", of: call.caller) == "yes")
        #expect(call.exchange.variable("bridge_hangup_cause", of: call.caller) == "USER_BUSY")
        #expect(call.leftovers() == [0, 0])
    }

    /// A called leg that is a loopback channel and calls somebody itself.
    @Test(arguments: ["real", "x"])
    func clickToCall(whoEnds: String) throws {
        let call = try Call([("park", "")], [("bridge", Self.real)])
        let line = "originate loopback/2 &bridge({origination_uuid=x}null/x)"
        #expect(call.exchange.command(line).hasPrefix("+OK"))
        call.exchange.loop.runQueued()
        #expect(call.pairs == ["real–x"])
        call.exchange.softswitch.sessions[whoEnds]?.requestHangUp(.normalClearing)
        call.exchange.loop.runQueued()
        #expect(call.leftovers() == [0, 0])
    }

    /// What is recorded stays where it is.
    @Test func keepsRecordings() throws {
        let call = try Call(
            [("answer", ""), ("bridge", "loopback/2")],
            [("answer", ""), ("displace_session", "silence_stream://-1"), ("bridge", Self.real)]
        )
        #expect(call.exchange.loop.runUntil { call.pairs.count == 2 })
        #expect(call.pairs == ["caller–loopback", "loopback–real"])
        #expect(call.leftovers() == [0, 0])
    }

    /// The caller runs what the loopback channel would.
    @Test(
        arguments: [
            ("{loopback_bowout_on_execute=true}loopback/2", "2", "yes"),
            ("{loopback_bowout_on_execute=true}loopback/app=set:here=yes", "set", "yes"),
            ("{loopback_bowout_on_execute=true}[leg_timeout=5]loopback/2,null/b", "2", "yes"),
            ("{loopback_bowout_on_execute=false}loopback/2", "1", nil),
        ] as [(String, String, String?)]
    )
    func bowsOutOnExecute(dial: String, destination: String, here: String?) throws {
        let call = try Call([("answer", ""), ("bridge", dial), ("park", "")], [("set", "here=yes"), ("park", "")])
        #expect(call.exchange.variable("here", of: call.caller) == here)
        let caller = call.caller
        let profile = call.exchange.run { await caller.profile.destinationNumber }
        #expect(profile == destination)
        let cause = destination == "set" ? "NORMAL_CLEARING" : nil
        #expect(call.exchange.variable("hangup_cause", of: call.caller) == cause)
        #expect(call.leftovers() == [0, 0])
    }

    /// Circles end.
    @Test func endsCircles() throws {
        let exchange = try TestSwitch(
            Actions.extension("1", [("bridge", "{loopback_bowout_on_execute=true}loopback/1")])
        )
        let caller = try exchange.call("1")
        exchange.loop.runQueued()
        #expect(exchange.variable("hangup_cause", of: caller) != nil)
        #expect(exchange.softswitch.sessions.count == 0)
    }

    /// Both channels of a loopback call count, and a call that would be one too many has none.
    @Test func bothChannelsCount() throws {
        let exchange = try TestSwitch(Actions.extension("2", [("answer", ""), ("park", "")]))
        exchange.softswitch.configuration.sessionLimits = SessionLimits(maximumSessions: 3, sessionsPerSecond: 30)
        #expect(exchange.answer("originate loopback/2 &park()").hasPrefix("+OK"))
        #expect(exchange.softswitch.sessions.count == 2)
        #expect(exchange.answer("originate loopback/2 &park()") == "-ERR SWITCH_CONGESTION\n")
        #expect(exchange.softswitch.sessions.count == 2)
        exchange.softswitch.configuration.sessionLimits = SessionLimits(maximumSessions: 9, sessionsPerSecond: 3)
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.answer("originate loopback/2 &park()").hasPrefix("+OK"))
        #expect(exchange.answer("originate loopback/2 &park()") == "-ERR SWITCH_CONGESTION\n")
        #expect(exchange.softswitch.sessions.count == 4)
    }

    /// Several loops let calls in at the same time: those that are let in, and have no channel yet, count.
    @Test func whatIsLetInCountsAtOnce() throws {
        let table = try TestSwitch("").softswitch.sessions
        let limits = SessionLimits(maximumSessions: 3, sessionsPerSecond: 30)
        let answers = (0..<5).map { _ in table.admit(.inbound, limits, second: 7) }
        #expect(answers == [nil, nil, nil, .tooManySessions, .tooManySessions])
        // None of them became a channel.
        #expect(table.admit(.inbound, channels: 2, limits, second: 8) == nil)
        #expect(table.admit(.inbound, channels: 2, limits, second: 8) == .tooManySessions)
        #expect(table.admit(.inbound, limits, second: 8) == nil)
    }
}
