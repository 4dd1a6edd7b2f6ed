public import Base

/// INVITEs inside a dialog: hold, resume, new codecs.
extension UserAgent {
    /// Sends an INVITE inside the call's dialog; `reinviteAnswered`, `reinviteRejected`, `reinviteGaveWay` or
    /// `reinviteFailed` follows.
    ///
    /// An INVITE that meets one of the peer's (491) is sent again by itself (RFC 3261 §14.1), unless the peer is faster.
    ///
    /// - Returns: `false` when the call is not confirmed or an INVITE is going on in either direction; nothing is sent
    ///   then.
    public mutating func reinvite(
        _ call: CallHandle,
        headers: [SIPHeaderLine] = [],
        body: SIPBody?,
        at now: MonotonicInstant
    ) -> Bool {
        guard let call = calls[call.id], call.isConfirmed, call.dialog != nil, call.reinvite.begin() else {
            return false
        }
        call.authentication.nextRequest()
        sendReinvite(call, InDialogRequest(method: .invite, headers: headers, body: body), at: now)
        return true
    }

    /// Answers an INVITE inside the call's dialog with a provisional or final response.
    public mutating func answerReinvite(
        _ call: CallHandle,
        status: Int,
        reason: String? = nil,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil,
        at now: MonotonicInstant
    ) {
        guard let call = calls[call.id], let transaction = call.reinvite.pending,
            let request = transaction.request, (101...699).contains(status)
        else { return }
        guard
            respond(
                transaction,
                status,
                reason: reason,
                headers: headers,
                body: body,
                contact: status < 300 ? call.contact : nil,
                at: now
            ), status >= 200
        else { return }
        if status < 300 { call.dialog?.targetRefreshed(by: request) }
        call.reinvite.answered(
            status: status,
            response: transaction.response,
            cseq: request.cseq,
            path: transaction.path,
            timing(call.path, at: now)
        )
        settle(call)
    }

    private mutating func sendReinvite(_ call: Call, _ request: InDialogRequest, at now: MonotonicInstant) {
        guard var dialog = call.dialog else { return }
        sendInDialog(
            request,
            call,
            &dialog,
            owner: .reinvite(call.handle, request),
            authentication: call.authentication,
            at: now
        )
        call.reinviteCSeq = dialog.localCSeq
        call.dialog = dialog
    }

    mutating func receivedReinvite(_ call: Call, _ incoming: borrowing IncomingRequest, at now: MonotonicInstant) {
        guard call.isConfirmed else {
            // RFC 3261 §14.2: the first INVITE of the peer's is not answered yet.
            if call.server.phase == .proceeding { return refuseForNow(call, incoming, at: now) }
            // It met the first INVITE on the way, or overtook its ACK.
            return refuse(incoming, call, 491, at: now)
        }
        switch call.reinvite.receivedInvite() {
        case .requestPending: return refuse(incoming, call, 491, at: now)
        case .retryLater: return refuseForNow(call, incoming, at: now)
        case .reportAfterGlare: emit(.reinviteGaveWay(call.handle))
        case .report: break
        }
        let transaction = accept(incoming, toTag: call.localTag, owner: .reinvite(call.handle), at: now)
        call.reinvite.keep(transaction)
        respond(transaction, 100, at: now)
        emit(.reinviteReceived(call.handle, incoming.message))
    }

    /// RFC 3261 §14.2: one INVITE at a time; the next may come after up to ten seconds.
    private mutating func refuseForNow(
        _ call: Call,
        _ incoming: borrowing IncomingRequest,
        at now: MonotonicInstant
    ) {
        let seconds = "\(tokens.next() % 11)"
        refuse(incoming, call, 500, headers: [SIPHeaderLine(.retryAfter, seconds)], at: now)
    }

    mutating func receivedReinviteResponse(
        _ call: Call,
        _ request: InDialogRequest,
        _ transaction: ClientTransaction,
        _ response: SIPMessage,
        status: Int,
        at now: MonotonicInstant
    ) {
        switch status {
        case ..<200: break
        case 200..<300: receivedReinviteSuccess(call, transaction, response)
        case 491 where !call.isEnded:
            call.reinvite.collided(request, until: now + glareDelay(call))
        default:
            guard !call.isEnded else { return }
            if retryInDialog(call, request, transaction, response, at: now) { return }
            if call.reinvite.failed() { emit(.reinviteRejected(call.handle, response)) }
            // RFC 3261 §14.1: the peer has forgotten the dialog, or a proxy has given it up.
            if status == 481 || status == 408 { hangUp(call.handle, headers: call.farewell, at: now) }
        }
        settle(call)
    }

    private mutating func receivedReinviteSuccess(
        _ call: Call,
        _ transaction: ClientTransaction,
        _ response: SIPMessage
    ) {
        let cseq = transaction.request.cseq
        if let acknowledgement = call.dialog?.acknowledgement, acknowledgement.cseq == cseq {
            transmit(acknowledgement.bytes, over: call.path)
        } else if call.isEnded {
            // The BYE is on its way; the 2xx must not be repeated for half a minute.
            sendOwedACK(call, cseq: cseq)
        } else if call.reinvite.receivedSuccess() {
            call.dialog?.targetRefreshed(by: response)
            emit(.reinviteAnswered(call.handle, response))
        }
    }

    /// RFC 3261 §14.1: whoever chose the Call-ID waits longer, so that the two do not meet again.
    private mutating func glareDelay(_ call: Call) -> Duration {
        let units = call.isCaller ? 210 + tokens.next() % 191 : tokens.next() % 201
        return .milliseconds(10 * Int64(units))
    }

    mutating func reinviteTimerFired(_ call: Call, _ timing: TransactionTiming) {
        switch call.reinvite.timerFired(timing) {
        case .resend(let response, let path): transmit(response, over: path)
        case .sendAgain(let request): sendReinvite(call, request, at: timing.now)
        case .giveUp: hangUp(call.handle, at: timing.now)
        case .none: break
        }
    }
}
