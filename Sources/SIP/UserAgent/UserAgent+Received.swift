public import Base

/// A request on its way through the checks.
struct IncomingRequest {
    let message: SIPMessage
    let key: ServerTransactionKey
    /// Where it came from.
    let flow: SIPFlow
    /// Where responses go.
    let responsePath: SIPPath
}

/// Sorts messages: to transactions, to calls, or to the driver.
extension UserAgent {
    /// Takes a message that arrived.
    public mutating func received(_ message: SIPMessage, over flow: SIPFlow, at now: MonotonicInstant) {
        guard message.isRequest else {
            receivedResponse(message, over: flow, at: now)
            return
        }
        let via = message.topVia
        let incoming = IncomingRequest(
            message: message,
            key: ServerTransactionKey(message, via: via),
            flow: flow,
            responsePath: responsePath(flow, via)
        )
        if let transaction = servers[incoming.key] {
            guard message.method == .ack else {
                if transaction.machine.receivedRepetition() == .resend, !transaction.response.isEmpty {
                    transmit(transaction.response, over: transaction.path)
                }
                return
            }
            // An ACK to a 2xx has a branch of its own, but not from every client.
            if transaction.machine.phase != .accepted {
                transaction.machine.receivedACK(timing(transaction.path, at: now))
                settle(transaction)
                return
            }
        }
        switch message.method {
        case .ack: receivedACK(incoming, at: now)
        case .cancel: receivedCancel(incoming, at: now)
        default:
            if let tag = message.toTag {
                receivedInDialog(incoming, toTag: tag, at: now)
            } else {
                receivedOutOfDialog(incoming, at: now)
            }
        }
    }

    /// RFC 3261 §18.2.2 and RFC 3581 §4: back over the connection, or over a new one to where the sender listens; over
    /// UDP to the source address and the port that the sender wants.
    private func responsePath(_ flow: SIPFlow, _ via: Via) -> SIPPath {
        let listening = IPEndpoint(flow.remote.address, port: via.port ?? flow.transport.defaultPort)
        guard flow.transport == .udp else { return SIPPath(flow, reconnect: listening) }
        guard !via.wantsRPort, !configuration.forcesRport else { return SIPPath(flow) }
        var flow = flow
        flow.remote = listening
        return SIPPath(flow)
    }

    // MARK: Outside of dialogs

    private mutating func receivedOutOfDialog(_ incoming: borrowing IncomingRequest, at now: MonotonicInstant) {
        let message = incoming.message
        let method = message.method
        // RFC 3261 §10.3 and §11: these two are answered here and go nowhere.
        if message.maxForwards == 0, method != .register, method != .options {
            return reject(incoming, 483)
        }
        if !message.hasRoutableURI { return reject(incoming, 416) }
        let mergedKey = MergedRequestKey(message)
        if merged[mergedKey] != nil { return reject(incoming, 482) }
        if let unsupported = unsupportedExtensions(message) {
            return reject(incoming, 420, headers: [SIPHeaderLine(.unsupported, unsupported)])
        }
        let isFull =
            transactionCount >= configuration.transactionLimit
            || method == .invite && calls.count >= configuration.callLimit
        if isFull { return reject(incoming, 503, headers: [SIPHeaderLine(.retryAfter, "10")]) }
        let transaction: ServerTransaction
        if method == .invite {
            guard let contact = message.contacts.first?.uri else {
                return reject(incoming, 400, reason: "Missing Contact")
            }
            transaction = receivedInvite(incoming, contact: contact, at: now)
        } else {
            transaction = accept(incoming, toTag: HexToken.text(tokens.next()), owner: .request, at: now)
            emit(.request(TransactionHandle(id: transaction.id), message, incoming.flow))
        }
        transaction.mergedKey = mergedKey
        merged[mergedKey] = transaction.id
    }

    /// The option tags in Require that are not supported, for Unsupported (RFC 3261 §8.2.2.3); `nil` when there are none.
    func unsupportedExtensions(_ message: SIPMessage) -> String? {
        guard message.contains(.require) else { return nil }
        let unsupported = message.all(.require).filter { required in
            !configuration.supported.contains { $0.equalsIgnoringASCIICase(required) }
        }
        return unsupported.isEmpty ? nil : unsupported.joined(separator: ", ")
    }

    /// Refuses a request without keeping anything of it; the same request gets the same response (RFC 3261 §8.2.7).
    mutating func reject(
        _ incoming: borrowing IncomingRequest,
        _ status: Int,
        reason: String? = nil,
        headers: [SIPHeaderLine] = []
    ) {
        var hasher = Hasher()
        hasher.combine(incoming.key)
        let tag = HexToken.text(UInt64(bitPattern: Int64(hasher.finalize())))
        let response = makeResponse(
            to: incoming.message,
            status,
            reason: reason,
            source: incoming.flow.remote,
            toTag: tag,
            headers: headers
        )
        transmit(response, over: incoming.responsePath)
    }

    /// Refuses a request inside a dialog whose CSeq is taken already.
    ///
    /// The transaction is kept: a repetition of the request must get the same response, and not look out of order.
    mutating func refuse(
        _ incoming: borrowing IncomingRequest,
        _ call: Call,
        _ status: Int,
        headers: [SIPHeaderLine] = [],
        at now: MonotonicInstant
    ) {
        let transaction = accept(incoming, toTag: call.localTag, owner: .inDialog(call.handle), at: now)
        respond(transaction, status, headers: headers, at: now)
    }

    private mutating func receivedCancel(_ incoming: borrowing IncomingRequest, at now: MonotonicInstant) {
        guard let invite = servers[incoming.key.ofCancelledInvite] else {
            return reject(incoming, 481)
        }
        let cancel = accept(incoming, toTag: invite.toTag, owner: .answered, at: now)
        respond(cancel, 200, at: now)
        guard invite.machine.phase == .proceeding else { return }
        switch invite.owner {
        case .invite(let handle):
            guard let call = calls[handle.id], call.server.reject() else { return }
            respond(invite, 487, at: now)
            reportEnd(call, .callCancelled(handle, incoming.message))
            settle(call)
        case .reinvite(let handle):
            guard let call = calls[handle.id] else { return }
            respond(invite, 487, at: now)
            call.reinvite.end()
            emit(.reinviteCancelled(handle))
            settle(call)
        case .request, .inDialog, .answered: break
        }
    }

    // MARK: Inside dialogs

    private func call(of message: SIPMessage, toTag: String) -> Call? {
        guard let token = HexToken.number(toTag.utf8), let call = calls[token], call.callID == message.callID,
            call.hasDialog(remoteTag: message.fromTag ?? "")
        else { return nil }
        return call
    }

    private mutating func receivedACK(_ incoming: borrowing IncomingRequest, at now: MonotonicInstant) {
        let message = incoming.message
        guard let toTag = message.toTag, let call = call(of: message, toTag: toTag) else { return }
        if !call.isCaller, message.cseq == call.inviteCSeq {
            switch call.server.receivedACK() {
            case .report: emit(.callAcknowledged(call.handle, message))
            case .sendBye: sendBye(call, at: now)
            case .ignore: break
            }
        } else if call.reinvite.receivedACK(cseq: message.cseq) {
            emit(.reinviteAcknowledged(call.handle, message))
        }
        settle(call)
    }

    private mutating func receivedInDialog(
        _ incoming: borrowing IncomingRequest,
        toTag: String,
        at now: MonotonicInstant
    ) {
        let message = incoming.message
        guard let call = call(of: message, toTag: toTag) else {
            return receivedForUnknownDialog(incoming, toTag, at: now)
        }
        if call.isEnded, message.method != .bye { return reject(incoming, 481) }
        if transactionCount >= configuration.transactionLimit + configuration.transactionLimit / 4 {
            return reject(incoming, 503, headers: [SIPHeaderLine(.retryAfter, "10")])
        }
        if let unsupported = unsupportedExtensions(message) {
            return reject(incoming, 420, headers: [SIPHeaderLine(.unsupported, unsupported)])
        }
        let cseq = message.cseq
        guard call.withDialog(remoteTag: message.fromTag ?? "", { $0.received(cseq: cseq) }) == .inOrder else {
            return reject(incoming, 500, reason: "CSeq Out of Order")
        }
        call.source = incoming.flow
        switch message.method {
        case .bye: receivedBye(call, incoming, at: now)
        case .invite: receivedReinvite(call, incoming, at: now)
        default:
            let transaction = accept(incoming, toTag: call.localTag, owner: .inDialog(call.handle), at: now)
            emit(.inDialogRequest(call.handle, TransactionHandle(id: transaction.id), message))
        }
        settle(call)
    }

    /// What needs a call gets 481; what may belong to a dialog of the driver's (subscriptions) is handed over.
    private mutating func receivedForUnknownDialog(
        _ incoming: borrowing IncomingRequest,
        _ toTag: String,
        at now: MonotonicInstant
    ) {
        switch incoming.message.method {
        case .invite, .ack, .bye, .cancel, .prack, .update, .info, .refer:
            reject(incoming, 481)
        case .options, .register, .message, .subscribe, .notify, .publish, .other:
            guard transactionCount < configuration.transactionLimit else {
                return reject(incoming, 503, headers: [SIPHeaderLine(.retryAfter, "10")])
            }
            let transaction = accept(incoming, toTag: toTag, owner: .request, at: now)
            emit(.request(TransactionHandle(id: transaction.id), incoming.message, incoming.flow))
        }
    }
}
