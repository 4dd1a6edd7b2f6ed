public import Base

/// Calls that we make.
extension UserAgent {
    /// Sends an INVITE that begins a call.
    public mutating func invite(_ invite: OutgoingInvite, at now: MonotonicInstant) -> CallHandle {
        let (token, handle) = makeCallHandle()
        guard calls.count < configuration.callLimit, transactionCount < configuration.transactionLimit else {
            emit(.callFailed(handle, .limit))
            return handle
        }
        var outgoing = invite
        outgoing.from.tag = token
        outgoing.to.tag = nil
        let callID = invite.callID ?? RandomToken.uuid(using: &tokens)
        let contact = invite.contact ?? defaultContact(user: invite.from.uri.escapedUser, flow: invite.flow)
        let call = Call(handle, outgoing: outgoing, callID: callID, localTag: token, contact: contact)
        calls[handle.id] = call
        sendInvite(call, outgoing, at: now)
        return handle
    }

    /// A handle and the tag that spells it.
    mutating func makeCallHandle() -> (tag: String, handle: CallHandle) {
        var token = tokens.next()
        while calls[token] != nil { token = tokens.next() }
        return (HexToken.text(token), CallHandle(id: token))
    }

    private mutating func sendInvite(_ call: Call, _ outgoing: OutgoingInvite, at now: MonotonicInstant) {
        let key = makeClientKey()
        call.inviteAuthorization = call.authentication.headers(
            method: .invite,
            uri: outgoing.requestURI.description,
            body: outgoing.body,
            using: &tokens
        )
        let request = makeInvite(outgoing, call, key)
        call.clientInvite = start(
            key,
            request,
            over: SIPPath(outgoing.flow),
            owner: .invite(call.handle),
            authentication: call.authentication,
            patience: outgoing.patience,
            at: now
        )
    }

    mutating func receivedInviteResponse(
        _ call: Call,
        _ transaction: ClientTransaction,
        _ response: SIPMessage,
        status: Int,
        at now: MonotonicInstant
    ) {
        if status < 200 {
            receivedProvisional(call, transaction, response, status: status, at: now)
        } else if status < 300 {
            receivedSuccess(call, transaction, response, at: now)
        } else if !retryInvite(call, response, at: now), call.client.failed() == .report {
            reportEnd(call, .callRejected(call.handle, response))
        }
        settle(call)
    }

    private mutating func receivedProvisional(
        _ call: Call,
        _ transaction: ClientTransaction,
        _ response: SIPMessage,
        status: Int,
        at now: MonotonicInstant
    ) {
        if status > 100 {
            call.noteEarlyDialog(response, invite: transaction.request, limit: configuration.forkLimit)
        }
        switch call.client.receivedProvisional(timing(transaction.path, at: now)) {
        case .report: if status > 100 { emit(.callProgress(call.handle, response)) }
        case .sendCancel: sendCancel(call, at: now)
        case .ignore: break
        }
    }

    private mutating func receivedSuccess(
        _ call: Call,
        _ transaction: ClientTransaction,
        _ response: SIPMessage,
        at now: MonotonicInstant
    ) {
        let tag = response.toTag ?? ""
        let isChosen = call.dialog?.remoteTag == tag
        let fork = isChosen ? call.dialog : call.forks.first { $0.remoteTag == tag }
        let acknowledgement = fork?.acknowledgement.flatMap { $0.cseq == transaction.request.cseq ? $0.bytes : nil }
        let success: ClientInviteUsage.Success =
            acknowledgement != nil ? .repeated : call.dialog == nil || isChosen ? .first : .otherFork
        if let acknowledgement, !isChosen || call.isEnded {
            transmit(acknowledgement, over: call.path(remoteTag: tag))
            return
        }
        switch call.client.receivedSuccess(success) {
        case .report:
            call.confirmDialog(response, invite: transaction.request)
            call.outgoing = nil
            emit(.callAnswered(call.handle, response))
        case .acknowledgeAndEnd:
            call.confirmDialog(response, invite: transaction.request)
            sendACK(call, cseq: transaction.request.cseq)
            sendBye(call, at: now)
            reportEnd(call, .callEnded(call.handle, nil))
        case .acknowledgeAndEndFork:
            endFork(call, transaction, response, at: now)
        case .acknowledgeAgain:
            if let acknowledgement { transmit(acknowledgement, over: call.path) }
        case .ignore: break
        }
    }

    /// RFC 3261 §13.2.2.4: a further 2xx makes a further dialog; it is acknowledged, then ended.
    private mutating func endFork(
        _ call: Call,
        _ transaction: ClientTransaction,
        _ response: SIPMessage,
        at now: MonotonicInstant
    ) {
        let tag = response.toTag ?? ""
        call.forks.removeAll { $0.remoteTag == tag && $0.acknowledgement == nil }
        guard call.forks.count < configuration.forkLimit else { return }
        var fork = Dialog(invite: transaction.request, response: response, localTag: call.localTag)
        sendACK(call, &fork, cseq: transaction.request.cseq)
        let bye = InDialogRequest(method: .bye, headers: [])
        sendInDialog(bye, call, &fork, owner: .bye(call.handle, bye), authentication: call.authentication, at: now)
        call.forks.append(fork)
    }

    /// Sends the INVITE again with credentials (RFC 3261 §22.2).
    private mutating func retryInvite(_ call: Call, _ response: SIPMessage, at now: MonotonicInstant) -> Bool {
        guard let outgoing = call.outgoing, call.client.phase == .calling || call.client.phase == .proceeding,
            call.authentication.challenged(by: response)
        else { return false }
        call.client.retried()
        call.inviteCSeq &+= 1
        call.forks = []
        sendInvite(call, outgoing, at: now)
        return true
    }

    /// Sends the ACK to a 2xx, to the first INVITE or to one inside the dialog; `body` is the answer where the 2xx had
    /// the offer.
    public mutating func acknowledge(
        _ call: CallHandle,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil,
        at now: MonotonicInstant
    ) {
        guard let call = calls[call.id] else { return }
        if call.client.acknowledge() {
            call.authentication.nextRequest()
            sendACK(call, cseq: call.inviteCSeq, headers: headers, body: body)
        } else if call.reinvite.acknowledge() {
            sendACK(call, cseq: call.reinviteCSeq, headers: headers, body: body)
        }
        settle(call)
    }

    private mutating func sendACK(
        _ call: Call,
        cseq: UInt32,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil
    ) {
        guard var dialog = call.dialog else { return }
        sendACK(call, &dialog, cseq: cseq, headers: headers, body: body)
        call.dialog = dialog
    }

    private mutating func sendACK(
        _ call: Call,
        _ dialog: inout Dialog,
        cseq: UInt32,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil
    ) {
        let request = InDialogRequest(method: .ack, headers: headers, body: body)
        let ack = makeInDialog(
            request,
            call,
            dialog,
            cseq: cseq,
            key: makeClientKey(),
            authorization: call.inviteAuthorization
        )
        dialog.acknowledgement = (cseq, ack.serialized())
        transmit(ack.serialized(), over: call.path(remoteTag: dialog.remoteTag))
    }

    /// The ACK that is owed to a 2xx, when the call ends before the driver has sent it.
    mutating func sendOwedACK(_ call: Call, cseq: UInt32) {
        sendACK(call, cseq: cseq)
    }

    mutating func sendCancel(_ call: Call, at now: MonotonicInstant) {
        guard let invite = call.clientInvite, invite.machine.phase == .proceeding else { return }
        let key = ClientTransactionKey(number: invite.key.number, isCancel: true)
        guard clients[key] == nil else { return }
        let cancel = makeCancel(invite.request, headers: call.farewell)
        _ = start(
            key,
            cancel,
            over: invite.path,
            owner: .cancel(call.handle),
            authentication: ClientAuthentication(nil),
            at: now
        )
    }

    /// 64·T1 after the CANCEL (RFC 3261 §9.1).
    mutating func abandonInvite(_ call: Call, at now: MonotonicInstant) {
        reportEnd(call, .callFailed(call.handle, .timeout))
        guard let invite = call.clientInvite else { return }
        invite.machine.abandon()
        settle(invite)
    }
}
