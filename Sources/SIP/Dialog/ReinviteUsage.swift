import Base

/// INVITEs inside a confirmed dialog, one at a time in either direction (RFC 3261 §14).
///
///     state    | reinvite   | INVITE received  | answer 2xx | answer ≥300 | ACK     | 2xx to ours | 491 to ours | other ≥300
///     ---------|------------|------------------|------------|-------------|---------|-------------|-------------|-----------
///     idle     | → sent     | report → received| –          | –           | –       | –           | –           | –
///     sent     | refuse     | 491              | –          | –           | –       | report      | → waiting   | report
///              |            |                  |            |             |         | → answered  |             | → idle
///     answered | refuse     | 491              | –          | –           | –       | –           | –           | –
///     waiting  | refuse     | report → received| –          | –           | –       | –           | –           | –
///     received | refuse     | 500, Retry-After | → accepted | → idle      | –       | –           | –           | –
///     accepted | refuse     | report → received| –          | –           | report  | –           | –           | –
///              |            |                  |            |             | → idle  |             |             |
///
/// `acknowledge` takes answered to idle. waiting sends our INVITE again when its time comes; an INVITE of the peer's in
/// the meantime makes our offer stale, so that it gives way instead. accepted sends its 2xx again like the
/// first one of a call, and ends the call after 64·T1 without ACK.
enum ReinviteUsage: ~Copyable {
    case idle
    case sent
    case answered
    case waiting(InDialogRequest, until: MonotonicInstant)
    case received(ServerTransaction)
    case accepted(Retransmission, response: [UInt8], cseq: UInt32, path: SIPPath)

    enum OnReceived { case report, reportAfterGlare, requestPending, retryLater }
    enum OnTimer { case resend([UInt8], SIPPath), sendAgain(InDialogRequest), giveUp, none }
    enum Phase: Hashable { case idle, sent, answered, waiting, received, accepted }

    /// The state without its payload.
    var phase: Phase {
        switch self {
        case .idle: .idle
        case .sent: .sent
        case .answered: .answered
        case .waiting: .waiting
        case .received: .received
        case .accepted: .accepted
        }
    }

    /// When ``timerFired(_:)`` should be called.
    var deadline: MonotonicInstant? {
        switch self {
        case .waiting(_, let until): until
        case .accepted(let retransmission, _, _, _): retransmission.deadline
        case .idle: nil
        case .sent: nil
        case .answered: nil
        case .received: nil
        }
    }

    /// The peer's INVITE that waits for an answer.
    var pending: ServerTransaction? {
        switch self {
        case .received(let transaction): transaction
        case .idle: nil
        case .sent: nil
        case .answered: nil
        case .waiting: nil
        case .accepted: nil
        }
    }

    /// The number of the peer's INVITE whose ACK is awaited.
    private var acceptedCSeq: UInt32? {
        switch self {
        case .accepted(_, _, let cseq, _): cseq
        case .idle: nil
        case .sent: nil
        case .answered: nil
        case .waiting: nil
        case .received: nil
        }
    }

    /// - Returns: whether an INVITE of ours may be sent now.
    mutating func begin() -> Bool {
        guard phase == .idle else { return false }
        self = .sent
        return true
    }

    /// What to do about an INVITE of the peer's, before its transaction is made.
    func receivedInvite() -> OnReceived {
        switch self {
        case .idle: .report
        case .accepted: .report
        case .waiting: .reportAfterGlare
        case .sent: .requestPending
        case .answered: .requestPending
        case .received: .retryLater
        }
    }

    /// Keeps the transaction of an INVITE that was reported.
    mutating func keep(_ transaction: ServerTransaction) {
        self = .received(transaction)
    }

    /// The driver's final answer to the peer's INVITE has been sent.
    mutating func answered(status: Int, response: [UInt8], cseq: UInt32, path: SIPPath, _ timing: TransactionTiming) {
        guard phase == .received else { return }
        self =
            status < 300
            ? .accepted(Retransmission(timing, isRepeated: true), response: response, cseq: cseq, path: path)
            : .idle
    }

    /// - Returns: whether the ACK belongs to a 2xx of ours.
    mutating func receivedACK(cseq: UInt32) -> Bool {
        guard acceptedCSeq == cseq else { return false }
        self = .idle
        return true
    }

    /// - Returns: whether a 2xx to our INVITE is to be reported.
    mutating func receivedSuccess() -> Bool {
        guard phase == .sent else { return false }
        self = .answered
        return true
    }

    /// Our INVITE was refused for good or got no response.
    ///
    /// - Returns: whether that is to be reported.
    mutating func failed() -> Bool {
        guard phase == .sent else { return false }
        self = .idle
        return true
    }

    /// Our INVITE met one of the peer's (491): it is sent again at `until`.
    mutating func collided(_ request: InDialogRequest, until: MonotonicInstant) {
        guard phase == .sent else { return }
        self = .waiting(request, until: until)
    }

    /// - Returns: whether the ACK to a 2xx is to be sent.
    mutating func acknowledge() -> Bool {
        guard phase == .answered else { return false }
        self = .idle
        return true
    }

    /// Forgets everything: the call is over.
    mutating func end() {
        self = .idle
    }

    mutating func timerFired(_ timing: TransactionTiming) -> OnTimer {
        switch consume self {
        case .waiting(let request, let until):
            if until <= timing.now {
                self = .sent
                return .sendAgain(request)
            }
            self = .waiting(request, until: until)
        case .accepted(var retransmission, let response, let cseq, let path):
            if retransmission.giveUp <= timing.now {
                self = .idle
                return .giveUp
            }
            let isDue = retransmission.next <= timing.now
            if isDue { retransmission.advance(at: timing.now, limit: timing.timers.t2) }
            self = .accepted(retransmission, response: response, cseq: cseq, path: path)
            return isDue ? .resend(response, path) : .none
        case .idle: self = .idle
        case .sent: self = .sent
        case .answered: self = .answered
        case .received(let transaction): self = .received(transaction)
        }
        return .none
    }
}
