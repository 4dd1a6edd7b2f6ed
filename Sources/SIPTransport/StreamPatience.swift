package import Base

/// How long a connection is waited for: until its first message, until the rest of a message, or until it is used
/// again.
///
///     state     | message begun | message complete or keep-alive | given up after
///     ----------|---------------|--------------------------------|---------------
///     beginning | –             | → idle                         | messageTime
///     idle      | → receiving   | → idle                         | idleTime
///     receiving | –             | → idle                         | messageTime
///
/// Octets alone do not count as progress: a peer cannot keep a connection by sending one now and then.
package struct StreamPatience: Sendable {
    private enum State: Sendable { case beginning, idle, receiving }

    private let limits: StreamLimits
    private var state: State
    private var since: MonotonicInstant

    /// A connection that the peer made, or that we made to send something.
    package init(_ limits: StreamLimits, isAccepted: Bool, at now: MonotonicInstant) {
        (self.limits, state, since) = (limits, isAccepted ? .beginning : .idle, now)
    }

    /// Something has come: `frames` messages and keep-alives, and the beginning of a message behind them or not.
    package mutating func received(frames: Int, isMidMessage: Bool, at now: MonotonicInstant) {
        if frames > 0 { (state, since) = (.idle, now) }
        if isMidMessage, state == .idle { (state, since) = (.receiving, now) }
    }

    /// Whether the peer has had its time.
    package func isOver(at now: MonotonicInstant) -> Bool {
        now - since >= (state == .idle ? limits.idleTime : limits.messageTime)
    }
}
