public import Base

/// Requests inside dialogs other than INVITE, and what the driver may ask about a dialog.
extension UserAgent {
    /// Sends UPDATE, INFO, REFER, NOTIFY, MESSAGE, OPTIONS or PRACK inside the call's dialog.
    ///
    /// `response` or `transactionFailed` follows. ACK, BYE, CANCEL and INVITE have methods of their own.
    public mutating func sendInDialog(
        _ call: CallHandle,
        method: SIPMethod,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil,
        at now: MonotonicInstant
    ) -> TransactionHandle {
        let handle = TransactionHandle(id: makeID())
        let hasOwnMethod = method == .ack || method == .bye || method == .cancel || method == .invite
        guard !hasOwnMethod, let call = calls[call.id], !call.isEnded, let current = call.currentDialog else {
            emit(.transactionFailed(handle, .noDialog))
            return handle
        }
        let request = InDialogRequest(method: method, headers: headers, body: body)
        call.authentication.nextRequest()
        let owner = ClientTransaction.Owner.inDialog(call.handle, handle, request)
        if !sendInDialog(request, call, remoteTag: current.remoteTag, owner: owner, at: now) {
            emit(.transactionFailed(handle, .noDialog))
        }
        return handle
    }

    /// - Returns: Whether there is such a dialog still; nothing is sent otherwise.
    private mutating func sendInDialog(
        _ request: InDialogRequest,
        _ call: Call,
        remoteTag: String,
        owner: ClientTransaction.Owner,
        at now: MonotonicInstant
    ) -> Bool {
        if var dialog = call.dialog, dialog.remoteTag == remoteTag {
            sendInDialog(request, call, &dialog, owner: owner, authentication: call.authentication, at: now)
            call.dialog = dialog
        } else if let position = call.forks.firstIndex(where: { $0.remoteTag == remoteTag }) {
            var fork = call.forks[position]
            sendInDialog(request, call, &fork, owner: owner, authentication: call.authentication, at: now)
            call.forks[position] = fork
        } else {
            return false
        }
        return true
    }

    /// Sends a request in one dialog of a call, with the credentials that were asked for there before.
    mutating func sendInDialog(
        _ request: InDialogRequest,
        _ call: Call,
        _ dialog: inout Dialog,
        owner: ClientTransaction.Owner,
        authentication: ClientAuthentication,
        at now: MonotonicInstant
    ) {
        let key = makeClientKey()
        let cseq = dialog.nextCSeq()
        var authentication = authentication
        let authorization = authentication.headers(
            method: request.method,
            uri: dialog.addressing.uri.description,
            body: request.body,
            using: &tokens
        )
        call.authentication = authentication
        if request.method == .invite { call.inviteAuthorization = authorization }
        let message = makeInDialog(request, call, dialog, cseq: cseq, key: key, authorization: authorization)
        _ = start(
            key,
            message,
            over: call.path(remoteTag: dialog.remoteTag),
            owner: owner,
            authentication: authentication,
            at: now
        )
    }

    /// Sends a challenged request again with credentials.
    ///
    /// - Returns: Whether it did; the challenge is the final response otherwise.
    mutating func retryInDialog(
        _ call: Call,
        _ request: InDialogRequest,
        _ transaction: ClientTransaction,
        _ response: SIPMessage,
        at now: MonotonicInstant
    ) -> Bool {
        guard response.status == 401 || response.status == 407, call.authentication.challenged(by: response) else {
            return false
        }
        let remoteTag = transaction.request.toTag ?? ""
        guard sendInDialog(request, call, remoteTag: remoteTag, owner: transaction.owner, at: now) else { return false }
        if request.method == .invite { call.reinviteCSeq = call.dialog?.localCSeq ?? call.reinviteCSeq }
        return true
    }

    // MARK: The dialog

    /// The URI of the peer in the call's dialog: its Contact.
    public func remoteTarget(of call: CallHandle) -> SIPURI? {
        calls[call.id]?.currentDialog?.remoteTarget
    }

    /// The URI whose host requests in the call's dialog go to: the first proxy of the route set, or the peer.
    ///
    /// The driver resolves it and calls ``route(_:over:)``: once there is a dialog, and whenever its target may have been
    /// refreshed. Until then requests go where the peer was heard last.
    public func nextHop(of call: CallHandle) -> SIPURI? {
        calls[call.id]?.currentDialog?.nextHop
    }

    /// The CSeq of the last request that we sent in the call's dialog.
    public func lastCSeq(of call: CallHandle) -> UInt32? {
        calls[call.id]?.currentDialog?.localCSeq
    }

    /// The flow that requests in the call's dialog are sent over.
    public func flow(of call: CallHandle) -> SIPFlow? {
        calls[call.id]?.path.flow
    }

    /// Where the peer's last message came from.
    public func source(of call: CallHandle) -> SIPFlow? {
        calls[call.id]?.source
    }

    /// Sends the requests of the call's dialog to its next hop from now on; `nil` sends them where the peer was heard
    /// last.
    public mutating func route(_ call: CallHandle, over path: SIPPath?) {
        calls[call.id]?.hop = path
    }

    /// The texts that name the call's dialog to others (Replaces, event packages): Call-ID, our tag and the peer's.
    public func dialogIdentity(of call: CallHandle) -> (callID: String, localTag: String, remoteTag: String?)? {
        guard let call = calls[call.id] else { return nil }
        return (call.callID, call.localTag, call.currentDialog?.remoteTag)
    }

    /// The call whose dialog has these names, seen from our side; for Replaces (RFC 3891 §3).
    public func call(callID: String, localTag: String, remoteTag: String) -> CallHandle? {
        guard let token = HexToken.number(localTag.utf8), let call = calls[token], call.callID == callID,
            call.hasDialog(remoteTag: remoteTag)
        else { return nil }
        return call.handle
    }
}
