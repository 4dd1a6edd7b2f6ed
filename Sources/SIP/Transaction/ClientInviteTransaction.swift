package import Base

/// The INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §8.4).
///
///     state      | 1xx            | 2xx            | 300–699               | timer                  | transport error
///     -----------|----------------|----------------|-----------------------|------------------------|----------------
///     calling    | report         | report         | report, ACK           | A: retransmit, A·2     | → terminated
///                | → proceeding   | → accepted     | → completed           | B: timed out           |   (report)
///                |                |                |                       |    → terminated        |
///     proceeding | report         | report         | report, ACK           | –                      | → terminated
///                |                | → accepted     | → completed           |                        |   (report)
///     completed  | –              | –              | ACK again             | D: → terminated        | → terminated
///     accepted   | –              | report         | –                     | M: → terminated        | –
///     terminated | –              | –              | –                     | –                      | –
///
/// A does not run over reliable transports, and D is zero there: completed is terminated at once.
package enum ClientInviteTransaction: ~Copyable {
    case calling(Retransmission)
    case proceeding
    case completed(until: MonotonicInstant)
    case accepted(until: MonotonicInstant)
    case terminated

    /// The machine after its request has been sent for the first time.
    ///
    /// - Parameter patience: How long the first response may take, where that is less than 64·T1.
    package init(_ timing: TransactionTiming, patience: Duration? = nil) {
        self = .calling(Retransmission(timing, isRepeated: !timing.isReliable, patience: patience))
    }

    /// The state without its payload.
    package var phase: TransactionPhase {
        switch self {
        case .calling: .calling
        case .proceeding: .proceeding
        case .completed: .completed
        case .accepted: .accepted
        case .terminated: .terminated
        }
    }

    /// When ``timerFired(_:)`` should be called.
    package var deadline: MonotonicInstant? {
        switch self {
        case .calling(let retransmission): retransmission.deadline
        case .completed(let until): until
        case .accepted(let until): until
        case .proceeding: nil
        case .terminated: nil
        }
    }

    /// A response has come.
    package mutating func received(status: Int, _ timing: TransactionTiming) -> OnClientResponse {
        switch consume self {
        case .calling:
            self = .proceeding
            return receivedFirst(status, timing)
        case .proceeding:
            self = .proceeding
            return receivedFirst(status, timing)
        case .completed(let until):
            self = .completed(until: until)
            return status >= 300 ? .acknowledgeAgain : .ignore
        case .accepted(let until):
            self = .accepted(until: until)
            return (200..<300).contains(status) ? .report : .ignore
        case .terminated:
            self = .terminated
            return .ignore
        }
    }

    /// A response while none but provisional ones have come.
    private mutating func receivedFirst(_ status: Int, _ timing: TransactionTiming) -> OnClientResponse {
        if status < 200 { return .report }
        if status < 300 {
            self = .accepted(until: timing.timeout)
            return .report
        }
        self = timing.isReliable ? .terminated : .completed(until: timing.now + timing.timers.timerD)
        return .reportAndAcknowledge
    }

    /// The deadline may have come.
    package mutating func timerFired(_ timing: TransactionTiming) -> OnClientTimer {
        switch consume self {
        case .calling(var retransmission):
            if retransmission.giveUp <= timing.now {
                self = .terminated
                return .timedOut
            }
            let isDue = retransmission.next <= timing.now
            if isDue { retransmission.advance(at: timing.now, limit: nil) }
            self = .calling(retransmission)
            return isDue ? .retransmit : .none
        case .proceeding:
            self = .proceeding
        case .completed(let until):
            self = until <= timing.now ? .terminated : .completed(until: until)
        case .accepted(let until):
            self = until <= timing.now ? .terminated : .accepted(until: until)
        case .terminated:
            self = .terminated
        }
        return .none
    }

    /// The transport cannot send.
    ///
    /// - Returns: whether the user agent has to be told.
    package mutating func transportFailed() -> Bool {
        switch consume self {
        case .calling:
            self = .terminated
            return true
        case .proceeding:
            self = .terminated
            return true
        case .accepted(let until):
            // The call stands; only its ACK may have been lost, which a repeated 2xx will show.
            self = .accepted(until: until)
            return false
        case .completed:
            self = .terminated
            return false
        case .terminated:
            self = .terminated
            return false
        }
    }

    /// Ends a transaction whose CANCEL brought no final response within 64·T1 (RFC 3261 §9.1).
    package mutating func abandon() {
        switch consume self {
        case .calling: self = .terminated
        case .proceeding: self = .terminated
        case .terminated: self = .terminated
        case .completed(let until): self = .completed(until: until)
        case .accepted(let until): self = .accepted(until: until)
        }
    }
}

/// The states of the four transaction machines, by name.
package enum TransactionPhase: Hashable, Sendable {
    case calling, trying, proceeding, completed, accepted, confirmed, terminated
}
