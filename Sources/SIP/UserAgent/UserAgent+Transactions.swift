import Base

/// The transaction layer: tables, timers, and what the machines ask for.
extension UserAgent {
    // MARK: Client

    /// Sends a request for the first time.
    mutating func start(
        _ key: ClientTransactionKey,
        _ request: SIPMessage,
        over path: SIPPath,
        owner: ClientTransaction.Owner,
        authentication: ClientAuthentication,
        patience: Duration? = nil,
        at now: MonotonicInstant
    ) -> ClientTransaction {
        let transaction = ClientTransaction(
            key,
            request: request,
            path: path,
            owner: owner,
            authentication: authentication,
            timing: timing(path, at: now),
            patience: patience
        )
        clients[key] = transaction
        if let call = owner.call { calls[call.id]?.transactions += 1 }
        transmit(request.serialized(), over: path)
        settle(transaction)
        return transaction
    }

    /// A key that no client transaction has.
    mutating func makeClientKey() -> ClientTransactionKey {
        var key = ClientTransactionKey(number: tokens.next())
        while clients[key] != nil { key = ClientTransactionKey(number: tokens.next()) }
        return key
    }

    mutating func receivedResponse(_ response: SIPMessage, over flow: SIPFlow, at now: MonotonicInstant) {
        guard let key = ClientTransactionKey(response), let transaction = clients[key],
            response.method == transaction.request.method, response.cseq == transaction.request.cseq,
            let status = response.status, response.hasSingleVia
        else { return }
        switch transaction.machine.received(status: status, timing(transaction.path, at: now)) {
        case .report:
            report(response, status: status, to: transaction, over: flow, at: now)
        case .reportAndAcknowledge:
            transaction.acknowledgement = makeFailureACK(transaction.request, response)
            transmit(transaction.acknowledgement, over: transaction.path)
            report(response, status: status, to: transaction, over: flow, at: now)
        case .acknowledgeAgain:
            transmit(transaction.acknowledgement, over: transaction.path)
        case .ignore: break
        }
        settle(transaction)
    }

    mutating func clientTimerFired(_ transaction: ClientTransaction, at now: MonotonicInstant) {
        switch transaction.machine.timerFired(timing(transaction.path, at: now)) {
        case .retransmit: transmit(transaction.request.serialized(), over: transaction.path)
        case .timedOut: clientFailed(transaction, .timeout, at: now)
        case .none: break
        }
        settle(transaction)
    }

    /// Sets the timer that a machine asks for, or forgets the transaction when it is over.
    mutating func settle(_ transaction: ClientTransaction) {
        if transaction.machine.phase == .terminated {
            guard clients.removeValue(forKey: transaction.key) != nil, let handle = transaction.owner.call,
                let call = calls[handle.id]
            else { return }
            call.transactions -= 1
            settle(call)
            return
        }
        guard let deadline = transaction.machine.deadline, transaction.scheduled.map({ deadline < $0 }) ?? true else {
            return
        }
        transaction.scheduled = deadline
        timers.set(.client(transaction.key), at: deadline)
    }

    /// Hands a response to whom its request belongs to.
    mutating func report(
        _ response: SIPMessage,
        status: Int,
        to transaction: ClientTransaction,
        over flow: SIPFlow,
        at now: MonotonicInstant
    ) {
        if let handle = transaction.owner.call { calls[handle.id]?.source = flow }
        if status >= 300, keepsWaiting(transaction, response, at: now) { return }
        switch transaction.owner {
        case .request(let handle, let request):
            if status >= 300, retry(handle, request, transaction, response, at: now) { return }
            if status > 100 { emit(.response(handle, response)) }
        case .invite(let handle):
            guard let call = calls[handle.id] else { return }
            receivedInviteResponse(call, transaction, response, status: status, at: now)
        case .reinvite(let handle, let request):
            guard let call = calls[handle.id] else { return }
            receivedReinviteResponse(call, request, transaction, response, status: status, at: now)
        case .inDialog(let handle, let transactionHandle, let request):
            guard let call = calls[handle.id] else { return }
            if status >= 300, retryInDialog(call, request, transaction, response, at: now) { return }
            if request.method == .update, (200..<300).contains(status) { call.dialog?.targetRefreshed(by: response) }
            if status > 100 { emit(.response(transactionHandle, response)) }
        case .bye(let handle, let request):
            guard status >= 300, let call = calls[handle.id] else { return }
            _ = retryInDialog(call, request, transaction, response, at: now)
        case .cancel: break
        }
    }

    mutating func clientFailed(
        _ transaction: ClientTransaction,
        _ failure: TransactionFailure,
        at now: MonotonicInstant
    ) {
        switch transaction.owner {
        case .request(let handle, _), .inDialog(_, let handle, _):
            emit(.transactionFailed(handle, failure))
        case .invite(let handle):
            guard let call = calls[handle.id], call.client.failed() == .report else { return }
            reportEnd(call, .callFailed(handle, failure))
        case .reinvite(let handle, _):
            guard let call = calls[handle.id], call.reinvite.failed() else { return }
            emit(.reinviteFailed(handle, failure))
            // RFC 3261 §12.2.1.2: a request that nobody answers ends the dialog; a broken flow may be replaced.
            if failure == .timeout { hangUp(handle, at: now) }
        case .bye, .cancel: break
        }
    }

    // MARK: Server

    /// Begins the transaction of a request that has arrived.
    mutating func accept(
        _ incoming: borrowing IncomingRequest,
        toTag: String?,
        owner: ServerTransaction.Owner,
        at now: MonotonicInstant
    ) -> ServerTransaction {
        let transaction = ServerTransaction(
            id: makeID(),
            key: incoming.key,
            path: incoming.responsePath,
            source: incoming.flow.remote,
            request: incoming.message,
            toTag: toTag,
            owner: owner,
            timing: timing(incoming.responsePath, at: now)
        )
        servers[incoming.key] = transaction
        serversByID[transaction.id] = transaction
        if let call = owner.call { calls[call.id]?.transactions += 1 }
        settle(transaction)
        return transaction
    }

    /// Sends a response through its transaction.
    ///
    /// - Returns: whether the transaction let it through.
    @discardableResult
    mutating func respond(
        _ transaction: ServerTransaction,
        _ status: Int,
        reason: String? = nil,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil,
        contact: NameAddress? = nil,
        at now: MonotonicInstant
    ) -> Bool {
        guard let request = transaction.request,
            transaction.machine.respond(status: status, timing(transaction.path, at: now)) == .send
        else { return false }
        transaction.response = makeResponse(
            to: request,
            status,
            reason: reason,
            source: transaction.source,
            toTag: transaction.toTag,
            headers: headers,
            body: body,
            contact: contact
        )
        transmit(transaction.response, over: transaction.path)
        if status >= 200 { transaction.request = nil }
        if status == 401 || status == 407, let key = transaction.mergedKey {
            // Old clients repeat a challenged request without counting the CSeq up; it must not look merged.
            merged[key] = nil
            transaction.mergedKey = nil
        }
        settle(transaction)
        return true
    }

    mutating func serverTimerFired(_ transaction: ServerTransaction, at now: MonotonicInstant) {
        switch transaction.machine.timerFired(timing(transaction.path, at: now)) {
        case .resend: transmit(transaction.response, over: transaction.path)
        case .timedOut, .none: break
        }
        settle(transaction)
    }

    /// Sets the timer that a machine asks for, or forgets the transaction when it is over.
    mutating func settle(_ transaction: ServerTransaction) {
        if transaction.machine.phase == .terminated {
            guard serversByID.removeValue(forKey: transaction.id) != nil else { return }
            servers[transaction.key] = nil
            if let key = transaction.mergedKey { merged[key] = nil }
            guard let handle = transaction.owner.call, let call = calls[handle.id] else { return }
            call.transactions -= 1
            settle(call)
            return
        }
        guard let deadline = transaction.machine.deadline, transaction.scheduled.map({ deadline < $0 }) ?? true else {
            return
        }
        transaction.scheduled = deadline
        timers.set(.server(transaction.id), at: deadline)
    }
}
