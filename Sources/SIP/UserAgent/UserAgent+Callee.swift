public import Base

/// Calls that we receive, and how calls end.
extension UserAgent {
    /// Begins a call with an INVITE that has passed the checks.
    mutating func receivedInvite(
        _ incoming: borrowing IncomingRequest,
        contact: SIPURI,
        at now: MonotonicInstant
    ) -> ServerTransaction {
        let message = incoming.message
        let (tag, handle) = makeCallHandle()
        let call = Call(
            handle,
            dialog: Dialog(receivedInvite: message, contact: contact, localTag: tag),
            cseq: message.cseq,
            flow: incoming.flow,
            contact: defaultContact(user: message.requestURI?.escapedUser, flow: incoming.flow)
        )
        calls[handle.id] = call
        let transaction = accept(incoming, toTag: tag, owner: .invite(handle), at: now)
        call.serverInvite = transaction
        respond(transaction, 100, at: now)
        emit(.incomingCall(handle, message, incoming.flow))
        return transaction
    }

    /// Sends a provisional response to a call that is not answered: 180 or 183.
    public mutating func progress(
        _ call: CallHandle,
        status: Int,
        reason: String? = nil,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil,
        contact: NameAddress? = nil,
        at now: MonotonicInstant
    ) {
        guard let call = calls[call.id], call.server.phase == .proceeding, let invite = call.serverInvite,
            (101...199).contains(status)
        else { return }
        respond(
            invite,
            status,
            reason: reason,
            headers: headers,
            body: body,
            contact: contact ?? call.contact,
            at: now
        )
    }

    /// Answers a call with 200; it is sent again until the ACK comes.
    public mutating func answer(
        _ call: CallHandle,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil,
        contact: NameAddress? = nil,
        at now: MonotonicInstant
    ) {
        guard let call = calls[call.id], let invite = call.serverInvite,
            call.server.answer(timing(call.path, at: now))
        else { return }
        respond(invite, 200, headers: headers, body: body, contact: contact ?? call.contact, at: now)
        call.success = invite.response
        settle(call)
    }

    /// Refuses a call with a final response of 300 or more; `callEnded` follows.
    public mutating func reject(
        _ call: CallHandle,
        status: Int,
        reason: String? = nil,
        headers: [SIPHeaderLine] = [],
        at now: MonotonicInstant
    ) {
        guard let call = calls[call.id], let invite = call.serverInvite, (300...699).contains(status),
            call.server.reject()
        else { return }
        respond(invite, status, reason: reason, headers: headers, at: now)
        endCall(call, nil, at: now)
        settle(call)
    }

    mutating func resendSuccess(_ call: Call) {
        guard let invite = call.serverInvite else { return }
        transmit(call.success, over: invite.path)
    }

    // MARK: The end

    /// Ends a call in any state: CANCEL before the answer, 480 to an INVITE we have not answered, else BYE.
    ///
    /// A CANCEL waits for the first provisional response, a BYE for the ACK. `headers` (Reason, X-…) go into the
    /// request that is sent.
    public mutating func hangUp(_ call: CallHandle, headers: [SIPHeaderLine] = [], at now: MonotonicInstant) {
        guard let call = calls[call.id], !call.isEnded else { return }
        call.farewell = headers
        if endsWaiting(call) {
            // The INVITE has its final response: there is nothing to cancel.
        } else if call.isCaller {
            switch call.client.hangUp(timing(call.path, at: now)) {
            case .sendCancel: sendCancel(call, at: now)
            case .acknowledgeAndBye:
                sendOwedACK(call, cseq: call.inviteCSeq)
                sendBye(call, at: now)
                endCall(call, nil, at: now)
            case .sendBye:
                sendBye(call, at: now)
                endCall(call, nil, at: now)
            case .wait, .ignore: break
            }
        } else {
            switch call.server.hangUp() {
            case .reject:
                if let invite = call.serverInvite { respond(invite, 480, headers: headers, at: now) }
                endCall(call, nil, at: now)
            case .wait:
                endCall(call, nil, at: now)
            case .sendBye:
                sendBye(call, at: now)
                endCall(call, nil, at: now)
            case .ignore: break
            }
        }
        settle(call)
    }

    mutating func sendBye(_ call: Call, at now: MonotonicInstant) {
        guard var dialog = call.dialog else { return }
        let bye = InDialogRequest(method: .bye, headers: call.farewell)
        call.authentication.nextRequest()
        sendInDialog(bye, call, &dialog, owner: .bye(call.handle, bye), authentication: call.authentication, at: now)
        call.dialog = dialog
    }

    mutating func receivedBye(_ call: Call, _ incoming: borrowing IncomingRequest, at now: MonotonicInstant) {
        let transaction = accept(incoming, toTag: call.localTag, owner: .inDialog(call.handle), at: now)
        respond(transaction, 200, at: now)
        if call.isCaller {
            switch call.client.receivedBye(timing(call.path, at: now)) {
            case .end: endCall(call, incoming.message, at: now)
            case .endAndCancel:
                sendCancel(call, at: now)
                endCall(call, incoming.message, at: now)
            case .endAndAcknowledge:
                sendOwedACK(call, cseq: call.inviteCSeq)
                endCall(call, incoming.message, at: now)
            case .ignore: break
            }
        } else {
            switch call.server.receivedBye() {
            case .end: endCall(call, incoming.message, at: now)
            case .endAndReject:
                if let invite = call.serverInvite { respond(invite, 487, at: now) }
                reportEnd(call, .callCancelled(call.handle, incoming.message))
            case .endSilently, .ignore: break
            }
        }
    }

    /// Cleans up behind a call that is over and tells the driver.
    mutating func endCall(_ call: Call, _ bye: SIPMessage?, at now: MonotonicInstant) {
        if let pending = call.reinvite.pending { respond(pending, 487, at: now) }
        call.reinvite.end()
        reportEnd(call, .callEnded(call.handle, bye))
    }
}
