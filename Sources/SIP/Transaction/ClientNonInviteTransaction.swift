package import Base

/// The non-INVITE client transaction (RFC 3261 §17.1.2).
///
///     state      | 1xx            | 200–699        | timer                           | transport error
///     -----------|----------------|----------------|---------------------------------|----------------
///     trying     | report         | report         | E: retransmit, min(E·2, T2)     | → terminated
///                | → proceeding   | → completed    | F: timed out → terminated       |   (report)
///     proceeding | report         | report         | E: retransmit, T2               | → terminated
///                |                | → completed    | F: timed out → terminated       |   (report)
///     completed  | –              | –              | K: → terminated                 | → terminated
///     terminated | –              | –              | –                               | –
///
/// E does not run over reliable transports, and K is zero there: completed is terminated at once.
package enum ClientNonInviteTransaction: ~Copyable {
    case trying(Retransmission)
    case proceeding(Retransmission)
    case completed(until: MonotonicInstant)
    case terminated

    /// The machine after its request has been sent for the first time.
    package init(_ timing: TransactionTiming) {
        self = .trying(Retransmission(timing, isRepeated: !timing.isReliable))
    }

    /// The state without its payload.
    package var phase: TransactionPhase {
        switch self {
        case .trying: .trying
        case .proceeding: .proceeding
        case .completed: .completed
        case .terminated: .terminated
        }
    }

    /// When ``timerFired(_:)`` should be called.
    package var deadline: MonotonicInstant? {
        switch self {
        case .trying(let retransmission): retransmission.deadline
        case .proceeding(let retransmission): retransmission.deadline
        case .completed(let until): until
        case .terminated: nil
        }
    }

    /// A response has come.
    package mutating func received(status: Int, _ timing: TransactionTiming) -> OnClientResponse {
        switch consume self {
        case .trying(let retransmission):
            if status < 200 {
                self = .proceeding(retransmission)
            } else {
                self = timing.isReliable ? .terminated : .completed(until: timing.now + timing.timers.t4)
            }
            return .report
        case .proceeding(let retransmission):
            if status < 200 {
                self = .proceeding(retransmission)
            } else {
                self = timing.isReliable ? .terminated : .completed(until: timing.now + timing.timers.t4)
            }
            return .report
        case .completed(let until):
            self = .completed(until: until)
            return .ignore
        case .terminated:
            self = .terminated
            return .ignore
        }
    }

    /// The deadline may have come.
    package mutating func timerFired(_ timing: TransactionTiming) -> OnClientTimer {
        switch consume self {
        case .trying(var retransmission):
            if retransmission.giveUp <= timing.now {
                self = .terminated
                return .timedOut
            }
            let isDue = retransmission.next <= timing.now
            if isDue { retransmission.advance(at: timing.now, limit: timing.timers.t2) }
            self = .trying(retransmission)
            return isDue ? .retransmit : .none
        case .proceeding(var retransmission):
            if retransmission.giveUp <= timing.now {
                self = .terminated
                return .timedOut
            }
            let isDue = retransmission.next <= timing.now
            if isDue { retransmission.advance(at: timing.now, every: timing.timers.t2) }
            self = .proceeding(retransmission)
            return isDue ? .retransmit : .none
        case .completed(let until):
            self = until <= timing.now ? .terminated : .completed(until: until)
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
        case .trying:
            self = .terminated
            return true
        case .proceeding:
            self = .terminated
            return true
        case .completed:
            self = .terminated
            return false
        case .terminated:
            self = .terminated
            return false
        }
    }
}
