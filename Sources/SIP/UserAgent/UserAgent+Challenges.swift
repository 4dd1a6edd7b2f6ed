public import Base

/// Challenges in calls that the driver looks an account up for (RFC 3261 §22.2).
extension UserAgent {
    /// Says who answers the challenges in a call: those that wait since `callChallenged`, and those that follow.
    ///
    /// - Parameter account: Without one each challenge is the final response to its request.
    public mutating func authenticate(_ call: CallHandle, with account: DigestAccount?, at now: MonotonicInstant) {
        guard let call = calls[call.id], let waiting = call.waiting else { return }
        (call.waiting, call.asksForAccount) = (nil, false)
        call.authentication = ClientAuthentication(account)
        for (transaction, response) in waiting.list {
            guard let status = response.status else { continue }
            call.authentication.nextRequest()
            report(response, status: status, to: transaction, over: call.source, at: now)
        }
        settle(call)
    }

    /// Keeps a challenge until the driver has an account, and asks for one where nobody has yet.
    ///
    /// - Returns: Whether it does; the response is to be handled now otherwise.
    mutating func keepsWaiting(
        _ transaction: ClientTransaction,
        _ response: SIPMessage,
        at now: MonotonicInstant
    ) -> Bool {
        guard let handle = transaction.owner.call, let call = calls[handle.id], call.asksForAccount, !call.isReported,
            !call.isEnded, ClientAuthentication.isAnswerable(response)
        else { return false }
        switch transaction.owner {
        case .invite:
            guard call.client.phase == .calling || call.client.phase == .proceeding else { return false }
            // RFC 3261 §12.3: its early dialogs end with the final response.
            call.forks = []
        case .reinvite, .inDialog: break
        case .request, .bye, .cancel: return false
        }
        let isFirst = call.waiting == nil
        var waiting = call.waiting ?? WaitingChallenges(until: now + configuration.timers.transactionTimeout)
        guard waiting.add(transaction, response) else { return false }
        call.waiting = waiting
        if isFirst { emit(.callChallenged(call.handle, response)) }
        settle(call)
        return true
    }

    /// Ends a call whose INVITE waits for an account.
    ///
    /// - Returns: Whether there was one.
    mutating func endsWaiting(_ call: Call) -> Bool {
        guard let challenge = call.waiting?.ofCall, call.client.failed() == .report else { return false }
        reportEnd(call, .callRejected(call.handle, challenge))
        return true
    }

    /// Nobody looks an account up for a call that is over.
    mutating func dropWaiting(_ call: Call) {
        guard let waiting = call.waiting else { return }
        call.waiting = nil
        for (transaction, response) in waiting.list {
            if case .inDialog(_, let handle, _) = transaction.owner { emit(.response(handle, response)) }
        }
    }
}
