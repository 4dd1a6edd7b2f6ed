/// What a ``UserAgent`` asks of its driver, or tells it.
///
/// Of `callRejected`, `callFailed`, `callCancelled` and `callEnded` exactly one comes for each call, as the last thing
/// that is heard of it. Of `response` with a final status and `transactionFailed` exactly one comes for each request
/// of the driver's, as the last thing too.
public enum UserAgentAction: Sendable {
    /// Send the bytes, over another connection when that of the path is gone and can be replaced. If that is impossible,
    /// say so with `transportFailed`.
    case transmit(bytes: [UInt8], over: SIPPath)

    /// A request that belongs to no call arrived; `respond` to it.
    case request(TransactionHandle, SIPMessage, SIPFlow)
    /// An INVITE that begins a call arrived (100 is sent): `progress`, `answer` or `reject` it.
    case incomingCall(CallHandle, SIPMessage, SIPFlow)

    /// The caller gave up before the answer: 200 to the CANCEL (or BYE) and 487 are sent. The message is the CANCEL.
    case callCancelled(CallHandle, SIPMessage)
    /// The ACK to our 2xx to the first INVITE arrived; it carries the answer when our 2xx carried an offer.
    case callAcknowledged(CallHandle, SIPMessage)
    /// A provisional response other than 100 to our INVITE; several forks may send them, see the To tag.
    case callProgress(CallHandle, SIPMessage)
    /// A request in the call was challenged (401, 407) that `asksForAccount`: call `authenticate`. It waits for that, as
    /// whatever else is challenged meanwhile, for 64·T1 at most; the challenge is its final response then.
    case callChallenged(CallHandle, SIPMessage)
    /// A 2xx to our INVITE: call `acknowledge`.
    case callAnswered(CallHandle, SIPMessage)
    /// A final response of 300 or more to our INVITE; it has been acknowledged.
    case callRejected(CallHandle, SIPMessage)
    /// Our INVITE got no final response.
    case callFailed(CallHandle, TransactionFailure)
    /// The call is over: the message is the peer's BYE (200 is sent); `nil` when we ended it or it died.
    case callEnded(CallHandle, SIPMessage?)

    /// An INVITE inside the call's dialog: `answerReinvite`.
    case reinviteReceived(CallHandle, SIPMessage)
    /// The peer took its INVITE inside the dialog back before the answer: 200 to the CANCEL and 487 are sent.
    case reinviteCancelled(CallHandle)
    /// The ACK to our 2xx to the peer's re-INVITE arrived.
    case reinviteAcknowledged(CallHandle, SIPMessage)
    /// A 2xx to our re-INVITE: call `acknowledge`.
    case reinviteAnswered(CallHandle, SIPMessage)
    /// A final response of 300 or more to our re-INVITE; the session stays as it was (RFC 3261 §14.1).
    case reinviteRejected(CallHandle, SIPMessage)
    /// Our re-INVITE met one of the peer's (491), whose next came before it was time to send ours again. Its offer is
    /// stale; a new one may be sent when the peer's INVITE, which `reinviteReceived` tells of next, is over.
    case reinviteGaveWay(CallHandle)
    /// Our re-INVITE got no final response; the call goes on unless `callEnded` follows.
    case reinviteFailed(CallHandle, TransactionFailure)

    /// A request inside the call's dialog (UPDATE, INFO, REFER, NOTIFY, OPTIONS, MESSAGE, PRACK …): `respond` to it.
    case inDialogRequest(CallHandle, TransactionHandle, SIPMessage)

    /// A response to a request of ours, from `send` or `sendInDialog`; 100 is not reported.
    case response(TransactionHandle, SIPMessage)
    /// A request of ours, from `send` or `sendInDialog`, got no final response.
    case transactionFailed(TransactionHandle, TransactionFailure)
}

/// Why a client transaction ended without a final response.
public enum TransactionFailure: Hashable, Sendable {
    /// Timer B or F fired, or a cancelled INVITE got no final response: as if a 408 had come (RFC 3261 §8.1.3.1).
    case timeout
    /// The transport reported an error: as if a 503 had come (RFC 3261 §8.1.3.1).
    case transport
    /// A table was full; nothing was sent.
    case limit
    /// The call has no dialog to send the request in: it is unknown, over, or nobody has responded yet.
    case noDialog
}
