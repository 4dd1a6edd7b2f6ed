package import Base

/// The callee's side of a call (RFC 3261 §9.2, §13.3, §15).
///
///     state      | answer          | reject      | CANCEL       | ACK          | BYE received      | hang up
///     -----------|-----------------|-------------|--------------|--------------|-------------------|----------------
///     proceeding | send 2xx        | send        | send 487     | –            | send 487, report  | send 480
///                | → answered      | → ended     | → ended      |              | → ended           | → ended
///     answered   | –               | –           | –            | report       | report            | report
///                |                 |             |              | → confirmed  | → ended           | → leaving
///     leaving    | –               | –           | –            | BYE → ended  | → ended           | –
///     confirmed  | –               | –           | –            | –            | report → ended    | BYE, report
///                |                 |             |              |              |                   | → ended
///     ended      | –               | –           | –            | –            | –                 | –
///
/// answered and leaving send the 2xx again after T1, doubling to T2, over every transport (§13.3.1.4), and send BYE
/// after 64·T1 without ACK. A callee must not send BYE before the ACK or that time (§15), hence leaving.
package enum ServerInviteUsage: ~Copyable {
    case proceeding
    case answered(Retransmission)
    case leaving(Retransmission)
    case confirmed
    case ended

    /// What to do about an ACK.
    package enum OnAcknowledged: Hashable { case report, sendBye, ignore }
    /// What to do about a BYE.
    package enum OnBye: Hashable { case end, endAndReject, endSilently, ignore }
    /// How a call is ended.
    package enum OnHangUp: Hashable { case reject, wait, sendBye, ignore }
    /// What to do when the deadline has come.
    package enum OnTimer: Hashable { case resend, sendBye, sendByeAndReport, none }
    /// The states by name.
    package enum Phase: Hashable { case proceeding, answered, leaving, confirmed, ended }

    /// The state without its payload.
    package var phase: Phase {
        switch self {
        case .proceeding: .proceeding
        case .answered: .answered
        case .leaving: .leaving
        case .confirmed: .confirmed
        case .ended: .ended
        }
    }

    /// When ``timerFired(_:)`` should be called.
    package var deadline: MonotonicInstant? {
        switch self {
        case .answered(let retransmission): retransmission.deadline
        case .leaving(let retransmission): retransmission.deadline
        case .proceeding: nil
        case .confirmed: nil
        case .ended: nil
        }
    }

    /// The driver answers.
    ///
    /// - Returns: whether the 2xx is to be sent.
    package mutating func answer(_ timing: TransactionTiming) -> Bool {
        guard phase == .proceeding else { return false }
        self = .answered(Retransmission(timing, isRepeated: true))
        return true
    }

    /// A final response of 300 or more, ours or for a CANCEL.
    ///
    /// - Returns: whether it is to be sent.
    package mutating func reject() -> Bool {
        guard phase == .proceeding else { return false }
        self = .ended
        return true
    }

    /// An ACK has come.
    package mutating func receivedACK() -> OnAcknowledged {
        switch consume self {
        case .answered:
            self = .confirmed
            return .report
        case .leaving:
            self = .ended
            return .sendBye
        case .proceeding: self = .proceeding
        case .confirmed: self = .confirmed
        case .ended: self = .ended
        }
        return .ignore
    }

    /// A BYE of the peer's has come.
    package mutating func receivedBye() -> OnBye {
        switch consume self {
        case .proceeding:
            self = .ended
            return .endAndReject
        case .answered:
            self = .ended
            return .end
        case .confirmed:
            self = .ended
            return .end
        case .leaving:
            self = .ended
            return .endSilently
        case .ended:
            self = .ended
            return .ignore
        }
    }

    /// The driver ends the call.
    package mutating func hangUp() -> OnHangUp {
        switch consume self {
        case .proceeding:
            self = .ended
            return .reject
        case .answered(let retransmission):
            self = .leaving(retransmission)
            return .wait
        case .leaving(let retransmission):
            self = .leaving(retransmission)
            return .ignore
        case .confirmed:
            self = .ended
            return .sendBye
        case .ended:
            self = .ended
            return .ignore
        }
    }

    /// The deadline may have come.
    package mutating func timerFired(_ timing: TransactionTiming) -> OnTimer {
        switch consume self {
        case .answered(var retransmission):
            if retransmission.giveUp <= timing.now {
                self = .ended
                return .sendByeAndReport
            }
            let isDue = retransmission.next <= timing.now
            if isDue { retransmission.advance(at: timing.now, limit: timing.timers.t2) }
            self = .answered(retransmission)
            return isDue ? .resend : .none
        case .leaving(var retransmission):
            if retransmission.giveUp <= timing.now {
                self = .ended
                return .sendBye
            }
            let isDue = retransmission.next <= timing.now
            if isDue { retransmission.advance(at: timing.now, limit: timing.timers.t2) }
            self = .leaving(retransmission)
            return isDue ? .resend : .none
        case .proceeding: self = .proceeding
        case .confirmed: self = .confirmed
        case .ended: self = .ended
        }
        return .none
    }
}
