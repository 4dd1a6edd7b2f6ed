package import Base

/// The caller's side of a call (RFC 3261 §9.1, §13.2, §15).
///
///     state        | 1xx          | first 2xx        | 300–699, failure | hang up         | BYE received
///     -------------|--------------|------------------|------------------|-----------------|----------------
///     calling      | report       | report           | report           | → cancelWanted  | report
///                  | → proceeding | → answered       | → ended          |                 | → cancelWanted
///     cancelWanted | CANCEL       | ACK, BYE, report | report           | –               | report
///                  | → cancelling | → ended          | → ended          |                 |
///     proceeding   | report       | report           | report           | CANCEL          | CANCEL, report
///                  |              | → answered       | → ended          | → cancelling    | → cancelling
///     cancelling   | –            | ACK, BYE, report | report           | –               | report
///                  |              | → ended          | → ended          |                 |
///     answered     | –            | –                | –                | ACK, BYE, report| ACK, report
///                  |              |                  |                  | → ended         | → ended
///     confirmed    | –            | ACK again        | –                | BYE, report     | report
///                  |              |                  |                  | → ended         | → ended
///     ended        | –            | ACK, BYE         | –                | –               | –
///
/// `acknowledge` takes answered to confirmed. A 2xx of another fork than the first is acknowledged and ended with BYE
/// in every state. In cancelling a timer of 64·T1 ends the wait for a final response. A BYE before the answer comes from a
/// callee that must not send it (§15); the INVITE is cancelled as well. Reports of the end count once.
package enum ClientInviteUsage: ~Copyable {
    case calling
    case cancelWanted
    case proceeding
    case cancelling(until: MonotonicInstant)
    case answered
    case confirmed
    case ended

    /// What to do about a provisional response.
    package enum OnProvisional: Hashable { case report, sendCancel, ignore }
    /// What to do about a 2xx.
    package enum OnSuccess: Hashable { case report, acknowledgeAndEnd, acknowledgeAndEndFork, acknowledgeAgain, ignore }
    /// What to do about the end of the INVITE without success.
    package enum OnFailure: Hashable { case report, ignore }
    /// How a call is ended.
    package enum OnHangUp: Hashable { case sendCancel, acknowledgeAndBye, sendBye, wait, ignore }
    /// What to do about a BYE.
    package enum OnBye: Hashable { case end, endAndCancel, endAndAcknowledge, ignore }

    /// A 2xx relative to the dialogs that are known.
    package enum Success: Hashable {
        /// The first 2xx of all, or one of the same fork before the driver has acknowledged it.
        case first
        /// One of the fork that has been acknowledged.
        case repeated
        /// One of another fork.
        case otherFork
    }

    /// The states by name.
    package enum Phase: Hashable { case calling, cancelWanted, proceeding, cancelling, answered, confirmed, ended }

    /// The state without its payload.
    package var phase: Phase {
        switch self {
        case .calling: .calling
        case .cancelWanted: .cancelWanted
        case .proceeding: .proceeding
        case .cancelling: .cancelling
        case .answered: .answered
        case .confirmed: .confirmed
        case .ended: .ended
        }
    }

    /// When ``cancelExpired(at:)`` should be called.
    package var deadline: MonotonicInstant? {
        switch self {
        case .cancelling(let until): until
        case .calling: nil
        case .cancelWanted: nil
        case .proceeding: nil
        case .answered: nil
        case .confirmed: nil
        case .ended: nil
        }
    }

    /// A provisional response has come.
    package mutating func receivedProvisional(_ timing: TransactionTiming) -> OnProvisional {
        switch consume self {
        case .calling:
            self = .proceeding
            return .report
        case .proceeding:
            self = .proceeding
            return .report
        case .cancelWanted:
            self = .cancelling(until: timing.timeout)
            return .sendCancel
        case .cancelling(let until): self = .cancelling(until: until)
        case .answered: self = .answered
        case .confirmed: self = .confirmed
        case .ended: self = .ended
        }
        return .ignore
    }

    /// A 2xx has come.
    package mutating func receivedSuccess(_ success: Success) -> OnSuccess {
        switch consume self {
        case .calling:
            self = .answered
            return .report
        case .proceeding:
            self = .answered
            return .report
        case .cancelWanted:
            self = .ended
            return .acknowledgeAndEnd
        case .cancelling:
            self = .ended
            return .acknowledgeAndEnd
        case .answered:
            self = .answered
            return success == .otherFork ? .acknowledgeAndEndFork : .ignore
        case .confirmed:
            self = .confirmed
        case .ended:
            self = .ended
        }
        return success == .repeated ? .acknowledgeAgain : .acknowledgeAndEndFork
    }

    /// A final response of 300 or more, a timeout or a transport error.
    package mutating func failed() -> OnFailure {
        switch consume self {
        case .calling:
            self = .ended
            return .report
        case .cancelWanted:
            self = .ended
            return .report
        case .proceeding:
            self = .ended
            return .report
        case .cancelling:
            self = .ended
            return .report
        case .answered: self = .answered
        case .confirmed: self = .confirmed
        case .ended: self = .ended
        }
        return .ignore
    }

    /// The INVITE was sent again with credentials.
    package mutating func retried() {
        switch consume self {
        case .calling: self = .calling
        case .proceeding: self = .calling
        case .cancelWanted: self = .cancelWanted
        case .cancelling(let until): self = .cancelling(until: until)
        case .answered: self = .answered
        case .confirmed: self = .confirmed
        case .ended: self = .ended
        }
    }

    /// The driver acknowledges the 2xx.
    ///
    /// - Returns: whether the ACK is to be sent.
    package mutating func acknowledge() -> Bool {
        switch consume self {
        case .answered:
            self = .confirmed
            return true
        case .calling: self = .calling
        case .cancelWanted: self = .cancelWanted
        case .proceeding: self = .proceeding
        case .cancelling(let until): self = .cancelling(until: until)
        case .confirmed: self = .confirmed
        case .ended: self = .ended
        }
        return false
    }

    /// The driver ends the call.
    package mutating func hangUp(_ timing: TransactionTiming) -> OnHangUp {
        switch consume self {
        case .calling:
            self = .cancelWanted
            return .wait
        case .cancelWanted:
            self = .cancelWanted
            return .wait
        case .proceeding:
            self = .cancelling(until: timing.timeout)
            return .sendCancel
        case .cancelling(let until):
            self = .cancelling(until: until)
            return .wait
        case .answered:
            self = .ended
            return .acknowledgeAndBye
        case .confirmed:
            self = .ended
            return .sendBye
        case .ended:
            self = .ended
            return .ignore
        }
    }

    /// A BYE of the peer's has come.
    package mutating func receivedBye(_ timing: TransactionTiming) -> OnBye {
        switch consume self {
        case .calling:
            self = .cancelWanted
            return .end
        case .cancelWanted:
            self = .cancelWanted
            return .end
        case .proceeding:
            self = .cancelling(until: timing.timeout)
            return .endAndCancel
        case .cancelling(let until):
            self = .cancelling(until: until)
            return .end
        case .answered:
            self = .ended
            return .endAndAcknowledge
        case .confirmed:
            self = .ended
            return .end
        case .ended:
            self = .ended
            return .ignore
        }
    }

    /// The wait of 64·T1 behind the CANCEL may be over.
    ///
    /// - Returns: whether the wait for a final response to the cancelled INVITE is over.
    package mutating func cancelExpired(at now: MonotonicInstant) -> Bool {
        switch consume self {
        case .cancelling(let until):
            if until <= now {
                self = .ended
                return true
            }
            self = .cancelling(until: until)
        case .calling: self = .calling
        case .cancelWanted: self = .cancelWanted
        case .proceeding: self = .proceeding
        case .answered: self = .answered
        case .confirmed: self = .confirmed
        case .ended: self = .ended
        }
        return false
    }
}
