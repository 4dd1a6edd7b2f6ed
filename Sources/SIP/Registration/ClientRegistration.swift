public import Base

/// A registration of ours with a registrar (RFC 3261 §10.2): when to register, to register again, and to wait.
///
///     state      | event                 | → states, action
///     -----------|-----------------------|-------------------------------------------------------------
///     any        | register              | UNREGED → TRYING: REGISTER
///     TRYING     | 2xx                   | REGISTER → REGED, until shortly before it runs out
///     TRYING     | 3xx with a Contact    | REGISTER to the Contact, a few times
///     TRYING     | 423 with Min-Expires  | REGISTER for that long, once
///     TRYING     | other failure         | FAILED → FAIL_WAIT, longer each time, and as long as Retry-After says
///     TRYING     | no answer in time     | TIMEOUT → FAILED → FAIL_WAIT
///     FAIL_WAIT  | its time is over      | UNREGED → TRYING: REGISTER
///     REGED      | its time is over      | UNREGED → TRYING: REGISTER
///     REGED      | the registrar is dead | FAILED → FAIL_WAIT
///     any        | unregister            | UNREGISTER → DOWN: REGISTER that removes, where something is registered
///
/// Challenges are answered by the user agent. The states have the names that FreeSWITCH's gateways tell of.
public struct ClientRegistration: Sendable {
    /// Where a registration stands.
    public enum State: String, Sendable, CaseIterable {
        case unregistered = "UNREGED"
        case trying = "TRYING"
        case accepted = "REGISTER"
        case registered = "REGED"
        case removing = "UNREGISTER"
        case failed = "FAILED"
        case waiting = "FAIL_WAIT"
        case expired = "EXPIRED"
        /// Nobody wants a registration.
        case unwanted = "NOREG"
        /// It was ended by command.
        case down = "DOWN"
        case timedOut = "TIMEOUT"
    }

    /// How long things last.
    public struct Policy: Sendable, Equatable {
        /// What is asked for, in seconds.
        public var expires = 3600
        /// How long to wait after a failure; as often as there were failures in a row.
        public var retry = 30
        /// The longest wait.
        public var maximumRetry = 600
        /// The wait after no answer came in time, where it is another one.
        public var retryAfterTimeout: Int?
        /// How long an answer may take.
        public var timeout = 60

        /// The defaults.
        public init() {}
    }

    /// What the driver has to do.
    public enum Action: Sendable, Equatable {
        /// Tell that a state was entered, and what the registrar said.
        case enter(State, status: Int?, phrase: String)
        /// Send a REGISTER for that many seconds (0 removes), to another place than usual where one is given.
        case register(expires: Int, at: SIPURI?)
    }

    /// The status of a registration that nobody answered, which no registrar sends.
    public static let timeoutStatus = 908
    /// How often one attempt is sent elsewhere.
    private static let redirectionLimit = 5

    /// Where the registration stands.
    public private(set) var state: State
    /// The seconds that are asked for.
    public private(set) var expires: Int
    /// Failures since the last success.
    public private(set) var failures = 0
    /// When ``timerFired(at:)`` is to be called.
    public private(set) var deadline: MonotonicInstant?
    private let policy: Policy
    private var random: TokenSource
    private var redirections = 0
    /// Until when the registrar knows us.
    private var boundUntil = MonotonicInstant.zero

    /// A registration that has not begun.
    ///
    /// - Parameters:
    ///   - isWanted: Whether there is to be one at all.
    ///   - seed: Decides how the waits differ, so that not all who lost a registrar come back to it at once.
    public init(_ policy: Policy, isWanted: Bool, seed: [UInt8]) {
        self.policy = policy
        state = isWanted ? .unregistered : .unwanted
        expires = policy.expires
        random = TokenSource(seed: seed)
    }

    // MARK: - What is asked for

    /// Registers now, whatever the state is.
    public mutating func register(at now: MonotonicInstant) -> [Action] {
        let known: [Action] = state == .unregistered ? [] : [enter(.unregistered)]
        redirections = 0
        deadline = now + .seconds(policy.timeout)
        return known + [.register(expires: expires, at: nil), enter(.trying)]
    }

    /// Removes the registration.
    public mutating func unregister(at now: MonotonicInstant) -> [Action] {
        let isBound = isBound(at: now)
        (deadline, boundUntil) = (nil, .zero)
        return [enter(.removing)] + (isBound ? [.register(expires: 0, at: nil)] : []) + [enter(.down)]
    }

    /// Whether the registrar knows us, or is about to.
    public func isBound(at now: MonotonicInstant) -> Bool { state == .trying || boundUntil > now }

    // MARK: - What happens

    /// Does what has become due.
    public mutating func timerFired(at now: MonotonicInstant) -> [Action] {
        guard let deadline, deadline <= now else { return [] }
        switch state {
        case .trying: return [enter(.timedOut)] + fail(Self.timeoutStatus, "", after: 0, at: now)
        case .registered, .waiting: return register(at: now)
        default:
            self.deadline = nil
            return []
        }
    }

    /// The final response to a REGISTER of ours.
    ///
    /// - Parameter contact: The Contact that it had.
    public mutating func received(_ response: SIPMessage, for contact: SIPURI, at now: MonotonicInstant) -> [Action] {
        guard state == .trying, let status = response.status, status >= 200 else { return [] }
        switch status {
        case ..<300: return succeed(response, contact, at: now)
        case ..<400:
            guard redirections < Self.redirectionLimit, let target = response.contacts.first?.uri, target.isSIP else {
                break
            }
            redirections += 1
            return [.register(expires: expires, at: target)]
        case 423:
            guard let least = response.number(.minExpires), least > expires, least <= ServerTerms.grantLimit
            else { break }
            expires = least
            return [.register(expires: expires, at: nil)]
        default: break
        }
        return fail(status, response.reasonPhrase, after: response.number(.retryAfter) ?? 0, at: now)
    }

    /// A REGISTER could not be sent, or nobody answered it: as if that status had come.
    public mutating func failed(_ status: Int, at now: MonotonicInstant) -> [Action] {
        guard state == .trying else { return [] }
        return fail(status, "", after: 0, at: now)
    }

    /// The registrar does not answer other requests any more.
    public mutating func lost(at now: MonotonicInstant) -> [Action] {
        guard state == .registered else { return [] }
        return fail(nil, "", after: 0, at: now)
    }

    // MARK: -

    private mutating func enter(_ state: State, _ status: Int? = nil, _ phrase: String = "") -> Action {
        self.state = state
        return .enter(state, status: status, phrase: phrase)
    }

    private mutating func succeed(_ response: SIPMessage, _ contact: SIPURI, at now: MonotonicInstant) -> [Action] {
        failures = 0
        let granted = min(max(granted(by: response, contact), 1), ServerTerms.grantLimit)
        boundUntil = now + .seconds(granted)
        // Some time before the end, for a registrar that is slow to answer; not at the same moment for all.
        let margin = granted > 30 ? 15 + Int(random.next() % UInt64(granted / 20 + 1)) : granted - granted / 2
        deadline = now + .seconds(max(granted - margin, 1))
        return [enter(.accepted, response.status, response.reasonPhrase), enter(.registered)]
    }

    /// For how long: as our own contact among those of the response says, or else the whole response.
    private func granted(by response: SIPMessage, _ contact: SIPURI) -> Int {
        let all = response.contacts
        let own = all.first { $0.uri.user == contact.user && $0.uri.host.isEquivalent(to: contact.host) }
        return (own ?? (all.count == 1 ? all.first : nil))?["expires"].flatMap { Int($0) } ?? response.expires
            ?? expires
    }

    private mutating func fail(
        _ status: Int?,
        _ phrase: String,
        after least: Int,
        at now: MonotonicInstant
    ) -> [Action] {
        failures += 1
        deadline = now + ServerTerms.wait(wait(after: status), orAfter: least, using: &random)
        return [enter(.failed, status, phrase), enter(.waiting)]
    }

    private func wait(after status: Int?) -> Int {
        switch status {
        case Self.timeoutStatus: policy.retryAfterTimeout ?? policy.retry
        // Who is only busy is asked again soon.
        case 503: policy.retry
        default: min(policy.retry * min(failures, ServerTerms.retryAfterLimit), max(policy.retry, policy.maximumRetry))
        }
    }
}

extension SIPMessage {
    /// The digits that a header begins with: `120 (busy);duration=60` of Retry-After is 120.
    func number(_ name: SIPHeaderName) -> Int? {
        first(name).flatMap { Int($0.prefix { $0.isASCII && $0.isNumber }) }
    }
}
