/// Leaves a server alone that fails again and again, and looks now and then whether it is back.
///
///     closed    every question goes to the server; after so many failures in a row: open
///     open      nobody is sent to it; when the pause is over, the next question is: half open
///     half open one question is on its way, others are not sent; it succeeds: closed, it fails: open
public struct CircuitBreaker: Sendable {
    /// What it does with questions.
    public enum State: Hashable, Sendable {
        /// Lets them go; so many failed in a row.
        case closed(failures: Int)
        /// Lets none go before that time.
        case open(until: MonotonicInstant)
        /// Lets none go beside the one that looks whether the server is back.
        case halfOpen
    }

    /// What it does at the moment.
    public private(set) var state = State.closed(failures: 0)
    /// Failures in a row after which it opens; 0 for never.
    public let limit: Int
    /// How long it stays open.
    public let pause: Duration

    /// A breaker that is closed.
    public init(limit: Int, pause: Duration) {
        (self.limit, self.pause) = (limit, pause)
    }

    /// Whether a question may go to the server; it has to be followed by one of the other three.
    public mutating func admits(at now: MonotonicInstant) -> Bool {
        switch state {
        case .closed: return true
        case .halfOpen: return false
        case .open(let end):
            guard now >= end else { return false }
            state = .halfOpen
            return true
        }
    }

    /// The server has answered.
    ///
    /// - Returns: Whether it had been left alone.
    public mutating func succeeded() -> Bool {
        defer { state = .closed(failures: 0) }
        if case .closed = state { return false }
        return true
    }

    /// The server has not answered.
    ///
    /// - Returns: Whether it is left alone from now on.
    public mutating func failed(at now: MonotonicInstant) -> Bool {
        switch state {
        case .closed(let failures):
            guard limit > 0, failures + 1 >= limit else {
                state = .closed(failures: min(failures, Int.max - 1) + 1)
                return false
            }
            state = .open(until: now + pause)
            return true
        case .halfOpen:
            state = .open(until: now + pause)
            return false
        // The answer to a question that was asked before it opened.
        case .open: return false
        }
    }

    /// Nobody waits for the answer any more: it says nothing about the server.
    public mutating func abandoned(at now: MonotonicInstant) {
        if state == .halfOpen { state = .open(until: now) }
    }
}
