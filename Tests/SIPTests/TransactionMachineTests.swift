import Base
import SIP
import Testing

/// The tables at the head of the machines, row by row.
///
/// A row is a list of events and what came of them, as `result>phase` with the next deadline in milliseconds where
/// there is one. `timer` lets the machine's deadline come.
struct TransactionMachineTests {
    private struct Clock {
        var now = MonotonicInstant.zero
        var isReliable = false

        var timing: TransactionTiming { TransactionTiming(now: now, timers: SIPTimers(), isReliable: isReliable) }

        mutating func advance(to deadline: MonotonicInstant?) {
            now = max(now, deadline ?? now)
        }

        func line(_ result: String, _ phase: TransactionPhase, _ deadline: MonotonicInstant?) -> String {
            let milliseconds = deadline.map { "@\(($0 - .zero).wholeMilliseconds)" } ?? ""
            return "\(result)>\(phase)\(milliseconds)"
        }
    }

    @Test(arguments: [
        (
            "udp 180 200 200 487 timer",
            "report>proceeding report>accepted@32000 report>accepted@32000 ignore>accepted@32000 none>terminated"
        ),
        ("udp timer timer timer", "retransmit>calling@1500 retransmit>calling@3500 retransmit>calling@7500"),
        (
            "udp timer timer timer timer timer timer timer",
            "retransmit>calling@1500 retransmit>calling@3500 retransmit>calling@7500 retransmit>calling@15500 retransmit>calling@31500 retransmit>calling@32000 timedOut>terminated"
        ),
        (
            "udp 486 486 180 200 timer 486",
            "reportAndAcknowledge>completed@32000 acknowledgeAgain>completed@32000 ignore>completed@32000 ignore>completed@32000 none>terminated ignore>terminated"
        ),
        ("udp 100 486 error", "report>proceeding reportAndAcknowledge>completed@32000 false>terminated"),
        ("udp 100 timer error", "report>proceeding none>proceeding true>terminated"),
        ("udp error", "true>terminated"),
        ("udp 200 error", "report>accepted@32000 false>accepted@32000"),
        ("udp 100 abandon", "report>proceeding ->terminated"),
        ("tcp timer", "timedOut>terminated"),
        ("tcp 486", "reportAndAcknowledge>terminated"),
        ("tcp 200", "report>accepted@32000"),
    ])
    func clientInvite(_ events: String, _ expected: String) {
        var clock = Clock(isReliable: events.hasPrefix("tcp"))
        var machine = ClientInviteTransaction(clock.timing)
        var lines: [String] = []
        for event in events.split(separator: " ").dropFirst() {
            let result: String
            switch event {
            case "timer":
                clock.advance(to: machine.deadline)
                result = "\(machine.timerFired(clock.timing))"
            case "error": result = "\(machine.transportFailed())"
            case "abandon":
                machine.abandon()
                result = "-"
            default: result = "\(machine.received(status: Int(event) ?? 0, clock.timing))"
            }
            lines.append(clock.line(result, machine.phase, machine.deadline))
        }
        #expect(lines.joined(separator: " ") == expected)
    }

    @Test(arguments: [
        ("udp 200 200 timer 200", "report>completed@5000 ignore>completed@5000 none>terminated ignore>terminated"),
        (
            "udp timer timer timer timer timer",
            "retransmit>trying@1500 retransmit>trying@3500 retransmit>trying@7500 retransmit>trying@11500 retransmit>trying@15500"
        ),
        (
            "udp 100 timer timer 404",
            "report>proceeding@500 retransmit>proceeding@4500 retransmit>proceeding@8500 report>completed@9500"
        ),
        (
            "udp timer timer timer timer timer timer timer timer timer timer timer",
            "retransmit>trying@1500 retransmit>trying@3500 retransmit>trying@7500 retransmit>trying@11500 retransmit>trying@15500 retransmit>trying@19500 retransmit>trying@23500 retransmit>trying@27500 retransmit>trying@31500 retransmit>trying@32000 timedOut>terminated"
        ),
        ("udp error", "true>terminated"),
        ("udp 100 error", "report>proceeding@500 true>terminated"),
        ("udp 200 error", "report>completed@5000 false>terminated"),
        ("tcp 200", "report>terminated"),
        ("tcp 100 timer", "report>proceeding@32000 timedOut>terminated"),
    ])
    func clientNonInvite(_ events: String, _ expected: String) {
        var clock = Clock(isReliable: events.hasPrefix("tcp"))
        var machine = ClientNonInviteTransaction(clock.timing)
        var lines: [String] = []
        for event in events.split(separator: " ").dropFirst() {
            let result: String
            switch event {
            case "timer":
                clock.advance(to: machine.deadline)
                result = "\(machine.timerFired(clock.timing))"
            case "error": result = "\(machine.transportFailed())"
            default: result = "\(machine.received(status: Int(event) ?? 0, clock.timing))"
            }
            lines.append(clock.line(result, machine.phase, machine.deadline))
        }
        #expect(lines.joined(separator: " ") == expected)
    }

    @Test(arguments: [
        (
            "udp again 180 again ACK 200 again 200 486 ACK timer",
            "resend>proceeding send>proceeding resend>proceeding ->proceeding send>accepted@32000 absorb>accepted@32000 refuse>accepted@32000 refuse>accepted@32000 ->accepted@32000 none>terminated"
        ),
        (
            "udp 486 again timer timer timer timer timer ACK again timer again",
            "send>completed@500 resend>completed@500 resend>completed@1500 resend>completed@3500 resend>completed@7500 resend>completed@11500 resend>completed@15500 ->confirmed@16500 absorb>confirmed@16500 none>terminated absorb>terminated"
        ),
        (
            "udp 486 200 timer timer timer timer timer timer timer timer timer timer timer",
            "send>completed@500 refuse>completed@500 resend>completed@1500 resend>completed@3500 resend>completed@7500 resend>completed@11500 resend>completed@15500 resend>completed@19500 resend>completed@23500 resend>completed@27500 resend>completed@31500 resend>completed@32000 timedOut>terminated"
        ),
        ("tcp 486 ACK", "send>completed@32000 ->terminated"),
        ("tcp 486 timer", "send>completed@32000 timedOut>terminated"),
    ])
    func serverInvite(_ events: String, _ expected: String) {
        var clock = Clock(isReliable: events.hasPrefix("tcp"))
        var machine = ServerInviteTransaction.proceeding
        var lines: [String] = []
        for event in events.split(separator: " ").dropFirst() {
            let result: String
            switch event {
            case "timer":
                clock.advance(to: machine.deadline)
                result = "\(machine.timerFired(clock.timing))"
            case "again": result = "\(machine.receivedRepetition())"
            case "ACK":
                machine.receivedACK(clock.timing)
                result = "-"
            default: result = "\(machine.respond(status: Int(event) ?? 0, clock.timing))"
            }
            lines.append(clock.line(result, machine.phase, machine.deadline))
        }
        #expect(lines.joined(separator: " ") == expected)
    }

    @Test(arguments: [
        (
            "udp again 100 again 200 again 200 timer again",
            "absorb>trying@32000 send>proceeding@32000 resend>proceeding@32000 send>completed@32000 resend>completed@32000 refuse>completed@32000 ->terminated absorb>terminated"
        ),
        ("udp timer", "->terminated"),
        ("udp 100 timer", "send>proceeding@32000 ->terminated"),
        ("tcp 401 200", "send>terminated refuse>terminated"),
    ])
    func serverNonInvite(_ events: String, _ expected: String) {
        var clock = Clock(isReliable: events.hasPrefix("tcp"))
        var machine = ServerNonInviteTransaction(clock.timing)
        var lines: [String] = []
        for event in events.split(separator: " ").dropFirst() {
            var result = "-"
            switch event {
            case "timer":
                clock.advance(to: machine.deadline)
                machine.timerFired(clock.timing)
            case "again": result = "\(machine.receivedRepetition())"
            default: result = "\(machine.respond(status: Int(event) ?? 0, clock.timing))"
            }
            lines.append(clock.line(result, machine.phase, machine.deadline))
        }
        #expect(lines.joined(separator: " ") == expected)
    }

    @Test(arguments: [
        ("1xx 2xx ack again", "report>proceeding report>answered true>confirmed acknowledgeAgain>confirmed"),
        (
            "2xx 2xx fork ack fork again hangup fork again",
            "report>answered ignore>answered acknowledgeAndEndFork>answered true>confirmed acknowledgeAndEndFork>confirmed acknowledgeAgain>confirmed sendBye>ended acknowledgeAndEndFork>ended acknowledgeAgain>ended"
        ),
        (
            "hangup 1xx 1xx fail fail",
            "wait>cancelWanted sendCancel>cancelling ignore>cancelling report>ended ignore>ended"
        ),
        ("hangup 2xx again hangup", "wait>cancelWanted acknowledgeAndEnd>ended acknowledgeAgain>ended ignore>ended"),
        ("hangup fail", "wait>cancelWanted report>ended"),
        ("1xx hangup hangup 2xx", "report>proceeding sendCancel>cancelling wait>cancelling acknowledgeAndEnd>ended"),
        ("1xx hangup expire ack", "report>proceeding sendCancel>cancelling true>ended false>ended"),
        ("1xx fail 2xx bye", "report>proceeding report>ended acknowledgeAndEndFork>ended ignore>ended"),
        ("1xx bye bye 2xx", "report>proceeding endAndCancel>cancelling end>cancelling acknowledgeAndEnd>ended"),
        ("bye 1xx fail", "end>cancelWanted sendCancel>cancelling report>ended"),
        ("2xx bye", "report>answered endAndAcknowledge>ended"),
        ("2xx hangup", "report>answered acknowledgeAndBye>ended"),
        (
            "2xx fail ack 1xx fail bye bye",
            "report>answered ignore>answered true>confirmed ignore>confirmed ignore>confirmed end>ended ignore>ended"
        ),
        ("1xx retry ack expire 2xx", "report>proceeding ->calling false>calling false>calling report>answered"),
    ])
    func callerUsage(_ events: String, _ expected: String) {
        var clock = Clock()
        var usage = ClientInviteUsage.calling
        var lines: [String] = []
        for event in events.split(separator: " ") {
            let result =
                switch event {
                case "1xx": "\(usage.receivedProvisional(clock.timing))"
                case "2xx": "\(usage.receivedSuccess(.first))"
                case "again": "\(usage.receivedSuccess(.repeated))"
                case "fork": "\(usage.receivedSuccess(.otherFork))"
                case "fail": "\(usage.failed())"
                case "ack": "\(usage.acknowledge())"
                case "hangup": "\(usage.hangUp(clock.timing))"
                case "bye": "\(usage.receivedBye(clock.timing))"
                case "expire":
                    { () -> String in
                        clock.advance(to: usage.deadline)
                        return "\(usage.cancelExpired(at: clock.now))"
                    }()
                default:
                    { () -> String in
                        usage.retried()
                        return "-"
                    }()
                }
            lines.append("\(result)>\(usage.phase)")
        }
        #expect(lines.joined(separator: " ") == expected)
    }

    @Test(arguments: [
        (
            "answer timer ack ack hangup hangup",
            "true>answered resend>answered report>confirmed ignore>confirmed sendBye>ended ignore>ended"
        ),
        ("answer answer reject bye bye", "true>answered false>answered false>answered end>ended ignore>ended"),
        ("answer hangup hangup timer ack", "true>answered wait>leaving ignore>leaving resend>leaving sendBye>ended"),
        ("answer hangup bye", "true>answered wait>leaving endSilently>ended"),
        ("answer late", "true>answered sendByeAndReport>ended"),
        ("answer hangup late", "true>answered wait>leaving sendBye>ended"),
        ("reject reject answer ack", "true>ended false>ended false>ended ignore>ended"),
        ("ack bye", "ignore>proceeding endAndReject>ended"),
        ("timer hangup timer", "none>proceeding reject>ended none>ended"),
        ("answer ack bye", "true>answered report>confirmed end>ended"),
    ])
    func calleeUsage(_ events: String, _ expected: String) {
        var clock = Clock()
        var usage = ServerInviteUsage.proceeding
        var lines: [String] = []
        for event in events.split(separator: " ") {
            var result: String
            switch event {
            case "answer": result = "\(usage.answer(clock.timing))"
            case "reject": result = "\(usage.reject())"
            case "ack": result = "\(usage.receivedACK())"
            case "bye": result = "\(usage.receivedBye())"
            case "hangup": result = "\(usage.hangUp())"
            case "late":
                clock.now = clock.timing.timeout
                result = "\(usage.timerFired(clock.timing))"
            default:
                clock.advance(to: usage.deadline)
                result = "\(usage.timerFired(clock.timing))"
            }
            lines.append("\(result)>\(usage.phase)")
        }
        #expect(lines.joined(separator: " ") == expected)
    }
}
