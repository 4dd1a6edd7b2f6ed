import Base
import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// What a channel tells when it has ended.
struct ReportingTests {
    /// Takes reports and keeps the channels' UUIDs.
    private final class Reporter: CallReporter {
        private let reported = Mutex<[String]>([])

        var channels: [String] { reported.withLock { $0 } }

        func report(_ session: isolated Session) async {
            reported.withLock { $0.append(session.id) }
        }
    }

    private static let extensions = """
        <extension name="talk"><condition field="destination_number" expression="^5000$">
          <action application="sleep" data="900"/><action application="answer"/>
          <action application="sleep" data="1700"/><action application="hangup"/>
        </condition></extension>
        <extension name="refuse"><condition field="destination_number" expression="^5001$">
          <action application="hangup" data="USER_BUSY"/>
        </condition></extension>
        <extension name="hesitate"><condition field="destination_number" expression="^5002$">
          <action application="sleep" data="900"/><action application="hangup" data="USER_BUSY"/>
        </condition></extension>
        <extension name="bridge"><condition field="destination_number" expression="^5003$">
          <action application="bridge" data="loopback/5000/default"/>
        </condition></extension>
        <extension name="go on"><condition field="destination_number" expression="^5004$">
          <action application="bridge" data="loopback/5000/default"/><action application="transfer" data="5001"/>
        </condition></extension>
        """

    /// The clock of the simulation begins at 1 s: the call is made at 1 s, answered at 1.9 s, and ends at 3.6 s.
    @Test(arguments: [
        ("start_epoch", "1"), ("start_uepoch", "1000000"), ("profile_start_epoch", "1"), ("answer_epoch", "1"),
        ("answer_uepoch", "1900000"), ("end_epoch", "3"), ("end_uepoch", "3600000"), ("bridge_epoch", "0"),
        ("bridge_stamp", nil), ("duration", "2"), ("mduration", "2600"), ("uduration", "2600000"), ("billsec", "2"),
        ("billmsec", "1700"), ("billusec", "1700000"), ("answersec", "0"), ("answermsec", "900"), ("waitsec", "0"),
        ("flow_billsec", "2"), ("hold_accum_seconds", "0"), ("hangup_cause", "NORMAL_CLEARING"),
        ("resurrect_epoch", "0"), ("resurrect_stamp", nil), ("hangup_cause_q850", "16"), ("last_app", "hangup"),
        ("direction", "inbound"), ("caller_id", "\"\" <>"),
    ])
    func setsTimes(variable: String, value: String?) throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call("5000")
        exchange.loop.advance(by: .seconds(10))
        #expect(exchange.softswitch.sessions.count == 0)
        #expect(exchange.variable(variable, of: session) == value)
        #expect(exchange.variable("uuid", of: session) == session.id)
    }

    @Test(
        arguments: [
            ("5001", "hangup_cause_q850", "17"), ("5001", "answer_stamp", nil),
            // Without an answer nothing is billed, however long it took.
            ("5002", "mduration", "900"), ("5002", "billusec", "0"), ("5002", "flow_billusec", "0"),
            // The time until a bridge is that since the channel's beginning.
            ("5003", "waitmsec", "900"), ("5003", "bridge_uepoch", "1900000"), ("5003", "flow_billmsec", "2600"),
            // A transfer begins a new part of the call, which nobody was bridged in.
            ("5004", "bridge_uepoch", "0"), ("5004", "waitmsec", "0"), ("5004", "answer_uepoch", "1900000"),
        ] as [(String, String, String?)]
    )
    func setsTimesOfACall(number: String, variable: String, value: String?) throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call(number)
        exchange.loop.advance(by: .seconds(10))
        #expect(exchange.softswitch.sessions.count == 0)
        #expect(exchange.variable(variable, of: session) == value)
    }

    @Test func endsTheHoldWithTheCall() throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call("5000")
        exchange.loop.advance(by: .seconds(1))
        _ = exchange.run { await session.remoteHeld(true) }
        exchange.loop.advance(by: .seconds(10))
        #expect(exchange.variable("hold_accum_ms", of: session) == "1600")
        #expect(exchange.variable("last_hold_uepoch", of: session) == "2000000")
        #expect(exchange.variable("hold_stamp", of: session) != nil)
        #expect(exchange.run { await session.history.holds.map(\.end) } == [3_600_000])
    }

    @Test func reportsEachChannelOnce() throws {
        let exchange = try TestSwitch(Self.extensions)
        let reporter = Reporter()
        exchange.softswitch.reporters.register(reporter, as: "test")
        let session = try exchange.call("5000")
        #expect(reporter.channels == [])
        // The media loop is not simulated: what it does not tell at once is not waited for longer than a second.
        exchange.loop.advance(by: .seconds(10))
        #expect(exchange.loop.runUntil { exchange.softswitch.sessions.count == 0 })
        #expect(reporter.channels.count == 2)
        #expect(reporter.channels.contains(session.id))
    }
}
