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
        """

    /// The clock of the simulation begins at 1 s: the call is made at 1 s, answered at 1.9 s, and ends at 3.6 s.
    @Test(arguments: [
        ("start_epoch", "1"), ("start_uepoch", "1000000"), ("profile_start_epoch", "1"), ("answer_epoch", "1"),
        ("answer_uepoch", "1900000"), ("end_epoch", "3"), ("end_uepoch", "3600000"), ("bridge_epoch", "0"),
        ("bridge_stamp", nil), ("duration", "2"), ("mduration", "2600"), ("uduration", "2600000"), ("billsec", "2"),
        ("billmsec", "1700"), ("billusec", "1700000"), ("answersec", "0"), ("answermsec", "900"), ("waitsec", "0"),
        ("flow_billsec", "2"), ("hold_accum_seconds", "0"), ("hangup_cause", "NORMAL_CLEARING"),
        ("hangup_cause_q850", "16"), ("last_app", "hangup"), ("direction", "inbound"), ("caller_id", "\"\" <>"),
    ])
    func setsTimes(variable: String, value: String?) throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call("5000")
        exchange.loop.advance(by: .seconds(10))
        #expect(exchange.softswitch.sessions.count == 0)
        #expect(exchange.variable(variable, of: session) == value)
        #expect(exchange.variable("uuid", of: session) == session.id)
    }

    @Test func billsNothingWithoutAnAnswer() throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call("5001")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("billusec", of: session) == "0")
        #expect(exchange.variable("answer_stamp", of: session) == nil)
        #expect(exchange.variable("hangup_cause_q850", of: session) == "17")
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
