import Base
import SIP
import Testing

/// When a subscription of ours is made, made again, and waited with.
struct ClientSubscriptionTests {
    /// Writes down what a subscription asks for and tells, and what its SUBSCRIBEs say of their dialog.
    private struct Log {
        var subscription: ClientSubscription
        var now = MonotonicInstant.zero
        var lines: [String] = []
        /// The newest SUBSCRIBE.
        var request: OutgoingRequest
        /// The one before it.
        var earlier: OutgoingRequest?
        var callIDs: [String] = []
        var noticeCSeq = 0

        init() {
            var policy = ClientSubscription.Policy()
            (policy.expires, policy.retry) = (600, 20)
            subscription = ClientSubscription(policy, seed: [1])
            let flow = SIPFlow(
                transport: .udp,
                local: IPEndpoint(.loopbackV4, port: 5060),
                remote: IPEndpoint(.loopbackV4, port: 5070)
            )
            let own = NameAddress(SIPURI(user: "a", host: SIPHost("b")))
            request = OutgoingRequest(.subscribe, uri: SIPURI(host: SIPHost("b")), from: own, to: own, flow: flow)
        }

        private func message(_ line: String, _ from: String?, _ to: String?, _ cseq: Int, _ headers: [String]) throws
            -> SIPMessage
        {
            let lines =
                [
                    line, "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1",
                    "From: <sip:a@b>" + (from.map { ";tag=\($0)" } ?? ""),
                    "To: <sip:a@b>" + (to.map { ";tag=\($0)" } ?? ""), "Call-ID: \(request.callID ?? "")",
                    "CSeq: \(cseq) \(line.hasPrefix("SIP") ? "SUBSCRIBE" : "NOTIFY")",
                ] + headers + ["Content-Length: 0", "", ""]
            return try SIPMessage(parsing: Array(lines.joined(separator: "\r\n").utf8))
        }

        mutating func note(_ actions: [ClientSubscription.Action]) {
            for action in actions {
                switch action {
                case .enter(let state, let status):
                    lines.append(state.rawValue + (status.map { " \($0)" } ?? ""))
                case .subscribe(let expires):
                    earlier = request
                    request.to.tag = nil
                    request.routes = []
                    request.requestURI = SIPURI(host: SIPHost("b"))
                    subscription.adopt(&request)
                    if callIDs.last != request.callID { callIDs.append(request.callID ?? "") }
                    let route = request.routes.isEmpty ? "" : " by \(request.routes.map(\.description).joined())"
                    lines.append(
                        "for \(expires) in \(callIDs.count) as \(request.cseq ?? 0) to \(request.to.tag ?? "nobody")"
                            + " \(request.requestURI)\(route)"
                    )
                }
            }
        }

        mutating func perform(_ event: String) throws {
            let parts = event.split(separator: "|").map(String.init)
            switch parts[0] {
            case "subscribe": note(subscription.subscribe(at: now))
            case "unsubscribe": note(subscription.unsubscribe())
            case "silence": note(subscription.failed(408, at: now))
            case "due":
                now = try #require(subscription.deadline)
                note(subscription.timerFired(at: now))
            case "early": note(subscription.timerFired(at: now))
            case "notify", "again", "stranger":
                if parts[0] != "again" { noticeCSeq += 1 }
                let tag = parts[0] == "stranger" ? "other" : "n"
                let notice = try message(
                    "NOTIFY sip:us SIP/2.0",
                    tag,
                    request.from.tag,
                    noticeCSeq,
                    ["Record-Route: <sip:p;lr>"] + parts.dropFirst()
                )
                guard subscription.isMeant(by: notice) else { return lines.append("not ours") }
                switch subscription.received(notice: notice, at: now) {
                case .inOrder(let actions):
                    lines.append("told")
                    note(actions)
                case .outOfOrder: lines.append("late")
                }
            case "late":
                // The answer to the SUBSCRIBE before the newest one.
                let newest = request
                request = try #require(earlier)
                defer { request = newest }
                try perform(parts.dropFirst().joined(separator: "|"))
            default:
                let response = try message(
                    "SIP/2.0 \(parts[0])",
                    request.from.tag,
                    "n",
                    Int(request.cseq ?? 0),
                    Array(parts.dropFirst())
                )
                note(subscription.received(response, at: now))
            }
        }

        /// The seconds until the next deadline.
        var wait: Double? { subscription.deadline.map { Double(($0 - now).wholeMilliseconds) / 1000 } }
    }

    private static let accepted = "200 OK|Contact: <sip:n@10.0.0.2>|Record-Route: <sip:p;lr>|Expires: 300"

    /// What happens, what comes of it, and how long it waits then.
    @Test(
        arguments: [
            (["subscribe"], ["for 600 in 1 as 1 to nobody sip:b", "TRYING"], nil),
            // It is asked for once, and lengthened in its dialog some time before the end.
            (
                ["subscribe", "subscribe", accepted, "early", "due"],
                [
                    "for 600 in 1 as 1 to nobody sip:b", "TRYING", "SUBSCRIBE 200", "SUBED", "UNSUBED",
                    "for 600 in 1 as 2 to n sip:n@10.0.0.2 by <sip:p;lr>", "TRYING",
                ], nil
            ),
            (["subscribe", accepted], nil, 285...285), (["subscribe", "202 Accepted|Expires: 20"], nil, 10...10),
            // Without a word about it, what was asked for.
            (["subscribe", "200 OK"], nil, 585...585),
            // A failure is waited with, up to a tenth longer; and for as long as the notifier says.
            (
                ["subscribe", "403 Forbidden"],
                ["for 600 in 1 as 1 to nobody sip:b", "TRYING", "FAILED 403", "FAIL_WAIT"], 20...22
            ),
            (["subscribe", "silence"], nil, 20...22), (["subscribe", "503 X|Retry-After: 100 (busy)"], nil, 100...110),
            (["subscribe", "503 X|Retry-After: 99999999"], nil, 3600...3960),
            (
                ["subscribe", "403 Forbidden", "due"],
                [
                    "for 600 in 1 as 1 to nobody sip:b", "TRYING", "FAILED 403", "FAIL_WAIT", "UNSUBED",
                    "for 600 in 2 as 1 to nobody sip:b", "TRYING",
                ], nil
            ),
            // Too short: once more, and no more often than that.
            (
                ["subscribe", "423 X|Min-Expires: 900", "423 X|Min-Expires: 1200"],
                [
                    "for 600 in 1 as 1 to nobody sip:b", "TRYING", "for 900 in 1 as 2 to nobody sip:b", "FAILED 423",
                    "FAIL_WAIT",
                ], 20...22
            ),
            // The notifier has lost it.
            (
                ["subscribe", accepted, "due", "481 X"],
                [
                    "for 600 in 1 as 1 to nobody sip:b", "TRYING", "SUBSCRIBE 200", "SUBED", "UNSUBED",
                    "for 600 in 1 as 2 to n sip:n@10.0.0.2 by <sip:p;lr>", "TRYING",
                    "for 600 in 2 as 1 to nobody sip:b",
                ], nil
            ),
            // A notifier that tells and does not know what it tells of is left alone for a while.
            (
                ["subscribe", "notify", "481 X", "notify", "481 X", "due", "notify", "481 X"],
                [
                    "for 600 in 1 as 1 to nobody sip:b", "TRYING", "told", "for 600 in 2 as 1 to nobody sip:b", "told",
                    "FAILED 481", "FAIL_WAIT", "UNSUBED", "for 600 in 3 as 1 to nobody sip:b", "TRYING", "told",
                    "FAILED 481", "FAIL_WAIT",
                ], 20...22
            ),
            (
                ["subscribe", accepted, "due", "481 X", accepted, "due", "481 X"],
                [
                    "for 600 in 1 as 1 to nobody sip:b", "TRYING", "SUBSCRIBE 200", "SUBED", "UNSUBED",
                    "for 600 in 1 as 2 to n sip:n@10.0.0.2 by <sip:p;lr>", "TRYING",
                    "for 600 in 2 as 1 to nobody sip:b", "SUBSCRIBE 200", "SUBED", "UNSUBED",
                    "for 600 in 2 as 2 to n sip:n@10.0.0.2 by <sip:p;lr>", "TRYING",
                    "for 600 in 3 as 1 to nobody sip:b",
                ], nil
            ),
            (
                ["subscribe", "481 X"], ["for 600 in 1 as 1 to nobody sip:b", "TRYING", "FAILED 481", "FAIL_WAIT"],
                20...22
            ),
            // A NOTIFY may come before the answer; of two, the later one counts; another's is none of ours.
            (
                ["subscribe", "notify", accepted, "again", "notify|Subscription-State: active;expires=40", "stranger"],
                [
                    "for 600 in 1 as 1 to nobody sip:b", "TRYING", "told", "SUBSCRIBE 200", "SUBED", "late", "told",
                    "not ours",
                ], 25...25
            ),
            // What the notifier ends is asked for again after a while.
            (
                [
                    "subscribe", accepted, "notify|Subscription-State: terminated;reason=timeout",
                    "notify|Subscription-State: active",
                ],
                [
                    "for 600 in 1 as 1 to nobody sip:b", "TRYING", "SUBSCRIBE 200", "SUBED", "told", "FAILED",
                    "FAIL_WAIT", "not ours",
                ], 20...22
            ),
            (
                ["subscribe", accepted, "notify|Subscription-State: terminated; retry-after=100"], nil, 100...110
            ),
            // An answer that comes after that, or even after the next SUBSCRIBE, is of a dialog that is over.
            (
                ["subscribe", "notify|Subscription-State: terminated", accepted, "due"],
                [
                    "for 600 in 1 as 1 to nobody sip:b", "TRYING", "told", "FAILED", "FAIL_WAIT", "UNSUBED",
                    "for 600 in 2 as 1 to nobody sip:b", "TRYING",
                ], nil
            ),
            (
                ["subscribe", "notify|Subscription-State: terminated", "due", "late|\(accepted)", "403 Forbidden"],
                [
                    "for 600 in 1 as 1 to nobody sip:b", "TRYING", "told", "FAILED", "FAIL_WAIT", "UNSUBED",
                    "for 600 in 2 as 1 to nobody sip:b", "TRYING", "FAILED 403", "FAIL_WAIT",
                ], 20...22
            ),
            (
                ["subscribe", accepted, "unsubscribe", "200 OK", "early"],
                [
                    "for 600 in 1 as 1 to nobody sip:b", "TRYING", "SUBSCRIBE 200", "SUBED", "UNSUBSCRIBE",
                    "for 0 in 1 as 2 to n sip:n@10.0.0.2 by <sip:p;lr>", "NOSUB",
                ], nil
            ),
            (["unsubscribe"], ["UNSUBSCRIBE", "NOSUB"], nil),
        ] as [([String], [String]?, ClosedRange<Double>?)]
    )
    func walksThroughItsStates(events: [String], lines: [String]?, wait: ClosedRange<Double>?) throws {
        var log = Log()
        for event in events { try log.perform(event) }
        if let lines { #expect(log.lines == lines) }
        #expect(
            wait.map { range in log.wait.map { range.contains($0) } == true } ?? (log.wait == nil),
            "\(log.wait ?? -1)"
        )
    }
}
