package import Base

/// The INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §8.5).
///
///     state      | INVITE again | ACK         | 1xx  | 2xx         | 300–699      | timer
///     -----------|--------------|-------------|------|-------------|--------------|------------------------------
///     proceeding | resend       | –           | send | send        | send         | –
///                |              |             |      | → accepted  | → completed  |
///     completed  | resend       | → confirmed | –    | –           | –            | G: resend, min(G·2, T2)
///                |              |             |      |             |              | H: timed out → terminated
///     confirmed  | –            | –           | –    | –           | –            | I: → terminated
///     accepted   | –            | –           | –    | –           | –            | L: → terminated
///     terminated | –            | –           | –    | –           | –            | –
///
/// G does not run over reliable transports, and I is zero there. Repetitions of a 2xx are sent by the user agent, past
/// the transaction (RFC 3261 §13.3.1.4), so accepted only absorbs repetitions of the INVITE. A transport error changes
/// nothing: the flow may come back before the request is given up.
package enum ServerInviteTransaction: ~Copyable {
    case proceeding
    case completed(Retransmission)
    case confirmed(until: MonotonicInstant)
    case accepted(until: MonotonicInstant)
    case terminated

    /// The state without its payload.
    package var phase: TransactionPhase {
        switch self {
        case .proceeding: .proceeding
        case .completed: .completed
        case .confirmed: .confirmed
        case .accepted: .accepted
        case .terminated: .terminated
        }
    }

    /// When ``timerFired(_:)`` should be called.
    package var deadline: MonotonicInstant? {
        switch self {
        case .completed(let retransmission): retransmission.deadline
        case .confirmed(let until): until
        case .accepted(let until): until
        case .proceeding: nil
        case .terminated: nil
        }
    }

    /// The request came again.
    package func receivedRepetition() -> OnServerRequest {
        switch self {
        case .proceeding: .resend
        case .completed: .resend
        case .confirmed: .absorb
        case .accepted: .absorb
        case .terminated: .absorb
        }
    }

    /// An ACK has come.
    package mutating func receivedACK(_ timing: TransactionTiming) {
        switch consume self {
        case .proceeding: self = .proceeding
        case .completed:
            self = timing.isReliable ? .terminated : .confirmed(until: timing.now + timing.timers.t4)
        case .confirmed(let until): self = .confirmed(until: until)
        case .accepted(let until): self = .accepted(until: until)
        case .terminated: self = .terminated
        }
    }

    /// The user agent wants to send a response.
    package mutating func respond(status: Int, _ timing: TransactionTiming) -> OnServerRespond {
        switch consume self {
        case .proceeding:
            switch status {
            case ..<200: self = .proceeding
            case 200..<300: self = .accepted(until: timing.timeout)
            default: self = .completed(Retransmission(timing, isRepeated: !timing.isReliable))
            }
            return .send
        case .completed(let retransmission): self = .completed(retransmission)
        case .confirmed(let until): self = .confirmed(until: until)
        case .accepted(let until): self = .accepted(until: until)
        case .terminated: self = .terminated
        }
        return .refuse
    }

    /// The deadline may have come.
    package mutating func timerFired(_ timing: TransactionTiming) -> OnServerTimer {
        switch consume self {
        case .completed(var retransmission):
            if retransmission.giveUp <= timing.now {
                self = .terminated
                return .timedOut
            }
            let isDue = retransmission.next <= timing.now
            if isDue { retransmission.advance(at: timing.now, limit: timing.timers.t2) }
            self = .completed(retransmission)
            return isDue ? .resend : .none
        case .confirmed(let until):
            self = until <= timing.now ? .terminated : .confirmed(until: until)
        case .accepted(let until):
            self = until <= timing.now ? .terminated : .accepted(until: until)
        case .proceeding: self = .proceeding
        case .terminated: self = .terminated
        }
        return .none
    }
}
