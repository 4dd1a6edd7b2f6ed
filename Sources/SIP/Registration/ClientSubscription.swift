public import Base

/// A subscription of ours to a package of events (RFC 6665 §4.1): when to subscribe, to subscribe again, and to wait.
///
///     state     | event                         | → states, action
///     ----------|-------------------------------|-------------------------------------------------------
///     any       | subscribe                     | UNSUBED → TRYING: SUBSCRIBE; nothing while TRYING
///     TRYING    | 2xx                           | SUBSCRIBE → SUBED, until shortly before it runs out
///     TRYING    | 423 with Min-Expires          | SUBSCRIBE for that long, once
///     TRYING    | 481 in the dialog             | SUBSCRIBE in a new one, once until a 2xx
///     TRYING    | other failure, or no answer   | FAILED → FAIL_WAIT, as long as Retry-After says
///     FAIL_WAIT | its time is over              | UNSUBED → TRYING: SUBSCRIBE
///     SUBED     | its time is over              | UNSUBED → TRYING: SUBSCRIBE in the dialog
///     SUBED     | NOTIFY that says how long     | SUBED, until shortly before that
///     any       | NOTIFY with `terminated`      | FAILED → FAIL_WAIT
///     any       | unsubscribe                   | UNSUBSCRIBE → NOSUB: SUBSCRIBE that ends it, where there is one
///
/// Challenges are answered by the user agent. The states have the names that FreeSWITCH's gateways know.
public struct ClientSubscription: Sendable {
    /// Where a subscription stands.
    public enum State: String, Sendable, CaseIterable {
        case unsubscribed = "UNSUBED"
        case trying = "TRYING"
        case accepted = "SUBSCRIBE"
        case subscribed = "SUBED"
        case removing = "UNSUBSCRIBE"
        case failed = "FAILED"
        case waiting = "FAIL_WAIT"
        /// Nobody wants a subscription any more.
        case unwanted = "NOSUB"
    }

    /// How long things last, in seconds.
    public struct Policy: Sendable, Equatable {
        /// What is asked for.
        public var expires = 3600
        /// The wait after a failure.
        public var retry = 30

        /// The defaults.
        public init() {}
    }

    /// What the driver has to do.
    public enum Action: Sendable, Equatable {
        /// Tell that a state was entered, and what the notifier said.
        case enter(State, status: Int?)
        /// Send a SUBSCRIBE for that many seconds (0 ends it), which ``adopt(_:)`` makes one of the dialog.
        case subscribe(expires: Int)
    }

    /// What a NOTIFY means.
    public enum OnNotice: Sendable, Equatable {
        /// It is the next one.
        case inOrder([Action])
        /// One that was sent later has come before: answer 500.
        case outOfOrder
    }

    /// Where the subscription stands.
    public private(set) var state = State.unsubscribed
    /// When ``timerFired(at:)`` is to be called.
    public private(set) var deadline: MonotonicInstant?
    private let policy: Policy
    private var expires: Int
    private var random: TokenSource
    private var dialog: SubscriptionDialog
    /// Whether the notifier has been asked for another time than the policy's already.
    private var isLonger = false
    /// Whether a dialog that the notifier did not know has been replaced since it accepted one.
    private var isReplaced = false

    /// A subscription that has not begun.
    ///
    /// - Parameter seed: Names the dialogs, and decides how the waits differ.
    public init(_ policy: Policy, seed: [UInt8]) {
        self.policy = policy
        expires = policy.expires
        random = TokenSource(seed: seed)
        dialog = SubscriptionDialog(using: &random)
    }

    // MARK: - The dialog

    /// Makes a SUBSCRIBE one of the dialog: its names, its number, and where it goes.
    public mutating func adopt(_ request: inout OutgoingRequest) { dialog.adopt(&request) }

    /// The URI whose host a SUBSCRIBE goes to first; `nil` where that is the usual one.
    public var nextHop: SIPURI? { dialog.nextHop }

    /// Whether a NOTIFY belongs to the subscription.
    public func isMeant(by notice: SIPMessage) -> Bool { state != .unwanted && dialog.isMeant(by: notice) }

    // MARK: - What is asked for

    /// Subscribes now, or lengthens what there is.
    public mutating func subscribe(at now: MonotonicInstant) -> [Action] {
        guard state != .trying else { return [] }
        let known: [Action] = state == .unsubscribed ? [] : [enter(.unsubscribed)]
        deadline = nil
        return known + [.subscribe(expires: expires), enter(.trying)]
    }

    /// Ends the subscription.
    public mutating func unsubscribe() -> [Action] {
        deadline = nil
        let isThere = dialog.nextHop != nil
        return [enter(.removing)] + (isThere ? [.subscribe(expires: 0)] : []) + [enter(.unwanted)]
    }

    // MARK: - What happens

    /// Does what has become due.
    public mutating func timerFired(at now: MonotonicInstant) -> [Action] {
        guard let deadline, deadline <= now else { return [] }
        return subscribe(at: now)
    }

    /// The final response to a SUBSCRIBE of ours; one of an earlier dialog comes too late.
    public mutating func received(_ response: SIPMessage, at now: MonotonicInstant) -> [Action] {
        guard dialog.answered(response), state == .trying, let status = response.status, status >= 200
        else { return [] }
        switch status {
        case ..<300:
            (isLonger, isReplaced) = (false, false)
            keep(for: response.expires ?? expires, at: now)
            return [enter(.accepted, status), enter(.subscribed)]
        case 423:
            guard !isLonger, let least = response.number(.minExpires), least > expires, least <= ServerTerms.grantLimit
            else { break }
            (isLonger, expires) = (true, least)
            return [.subscribe(expires: expires)]
        // A NOTIFY makes each new dialog known before such an answer (RFC 6665 §4.4.1): without an end they would go on.
        case 481 where dialog.nextHop != nil && !isReplaced:
            isReplaced = true
            dialog = SubscriptionDialog(using: &random)
            return [.subscribe(expires: expires)]
        default: break
        }
        return fail(status, after: response.number(.retryAfter) ?? 0, at: now)
    }

    /// A SUBSCRIBE could not be sent, or nobody answered it: as if that status had come.
    public mutating func failed(_ status: Int, at now: MonotonicInstant) -> [Action] {
        guard state == .trying else { return [] }
        return fail(status, after: 0, at: now)
    }

    /// A NOTIFY that belongs to the subscription.
    public mutating func received(notice: SIPMessage, at now: MonotonicInstant) -> OnNotice {
        guard dialog.received(notice) else { return .outOfOrder }
        let word = SubscriptionStateValue(notice.first(.subscriptionState) ?? "active")
        if word.isTerminated { return .inOrder(fail(nil, after: word.retryAfter ?? 0, at: now)) }
        if state == .subscribed, let left = word.expires { keep(for: left, at: now) }
        return .inOrder([])
    }

    // MARK: -

    private mutating func enter(_ state: State, _ status: Int? = nil) -> Action {
        self.state = state
        return .enter(state, status: status)
    }

    /// Subscribes again some time before the end.
    private mutating func keep(for granted: Int, at now: MonotonicInstant) {
        let granted = min(max(granted, 1), ServerTerms.grantLimit)
        deadline = now + .seconds(max(granted - (granted > 30 ? 15 : granted / 2), 1))
    }

    /// Whatever there was is over: the next SUBSCRIBE begins anew.
    private mutating func fail(_ status: Int?, after least: Int, at now: MonotonicInstant) -> [Action] {
        dialog = SubscriptionDialog(using: &random)
        deadline = now + ServerTerms.wait(policy.retry, orAfter: least, using: &random)
        return [enter(.failed, status), enter(.waiting)]
    }
}

/// What Subscription-State says (RFC 6665 §8.4): `active;expires=600`.
private struct SubscriptionStateValue {
    let isTerminated: Bool
    private(set) var expires: Int?
    private(set) var retryAfter: Int?

    init(_ text: some StringProtocol) {
        let parts = text.split(separator: ";").map { part in
            part.split(separator: "=", maxSplits: 1).map { String($0).filter { !$0.isWhitespace }.lowercased() }
        }
        isTerminated = parts.first?.first == "terminated"
        for part in parts.dropFirst() where part.count == 2 {
            switch part[0] {
            case "expires": expires = Int(part[1])
            case "retry-after": retryAfter = Int(part[1])
            default: break
            }
        }
    }
}
