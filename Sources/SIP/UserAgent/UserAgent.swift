public import Base

/// The SIP user agent core of one profile: transactions, dialogs and INVITE usages, without any I/O.
///
/// Messages and time go in, actions come out: after each call drain ``nextAction()`` until it gives `nil`, then set one
/// timer for ``nextDeadline`` and call ``timersFired(at:)`` when it has come. It belongs to one loop.
///
/// Where things are: this file has the tables and the timers; `UserAgent+Received` sorts messages;
/// `UserAgent+Transactions` runs the transaction layer; `+Caller`, `+Callee`, `+Reinvite`, `+InDialog` and `+Challenges`
/// are the call layer; `+Requests` and `+Responses` write messages.
public struct UserAgent: ~Copyable {
    /// Whose time comes.
    enum TimerKey: Sendable {
        case client(ClientTransactionKey)
        case server(UInt64)
        case call(CallHandle)
    }

    let configuration: UserAgentConfiguration
    let supportedValue: String
    let allowValue: String
    var tokens: TokenSource
    var lastID: UInt64 = 0
    var actions = ActionQueue()
    var timers = TimerQueue<TimerKey>()
    var clients: [ClientTransactionKey: ClientTransaction] = [:]
    var servers: [ServerTransactionKey: ServerTransaction] = [:]
    var serversByID: [UInt64: ServerTransaction] = [:]
    var merged: [MergedRequestKey: UInt64] = [:]
    var calls: [UInt64: Call] = [:]

    /// A user agent with nothing going on.
    ///
    /// `seed` decides every tag, branch and Call-ID: 32 random octets in production, which nobody else may know.
    public init(configuration: UserAgentConfiguration, seed: [UInt8]) {
        self.configuration = configuration
        supportedValue = configuration.supported.joined(separator: ", ")
        allowValue = configuration.allow.map(\.name).joined(separator: ", ")
        tokens = TokenSource(seed: seed)
    }

    /// How many calls exist, those included that only wait for their last transactions to end.
    public var callCount: Int { calls.count }

    /// How many transactions exist.
    public var transactionCount: Int { clients.count + serversByID.count }

    /// How many deadlines are set, those included that nobody waits for any more.
    public var timerCount: Int { timers.count }

    /// When ``timersFired(at:)`` should be called next.
    public var nextDeadline: MonotonicInstant? { timers.nextDeadline }

    /// Takes the oldest action out of the queue.
    public mutating func nextAction() -> UserAgentAction? {
        actions.popFirst()
    }

    /// Does what has become due.
    public mutating func timersFired(at now: MonotonicInstant) {
        while let key = timers.popExpired(now: now) {
            switch key {
            case .client(let key):
                guard let transaction = clients[key], transaction.scheduled.map({ $0 <= now }) == true else { continue }
                transaction.scheduled = nil
                clientTimerFired(transaction, at: now)
            case .server(let id):
                guard let transaction = serversByID[id], transaction.scheduled.map({ $0 <= now }) == true else {
                    continue
                }
                transaction.scheduled = nil
                serverTimerFired(transaction, at: now)
            case .call(let handle):
                guard let call = calls[handle.id], call.scheduled.map({ $0 <= now }) == true else { continue }
                call.scheduled = nil
                callTimerFired(call, at: now)
            }
        }
    }

    /// Takes note that nothing can be sent over a flow: its client transactions fail (RFC 3261 §17.1.4).
    public mutating func transportFailed(_ flow: SIPFlow, at now: MonotonicInstant) {
        let failed = clients.values.filter { $0.path.flow == flow }.sorted {
            ($0.key.number, $0.key.isCancel ? 1 : 0) < ($1.key.number, $1.key.isCancel ? 1 : 0)
        }
        for transaction in failed {
            if transaction.machine.transportFailed() { clientFailed(transaction, .transport, at: now) }
            settle(transaction)
        }
    }

    // MARK: - Shared by the extensions

    mutating func emit(_ action: UserAgentAction) {
        actions.append(action)
    }

    mutating func transmit(_ bytes: [UInt8], over path: SIPPath) {
        actions.append(.transmit(bytes: bytes, over: path))
    }

    func timing(_ path: SIPPath, at now: MonotonicInstant) -> TransactionTiming {
        TransactionTiming(now: now, timers: configuration.timers, isReliable: path.flow.transport.isReliable)
    }

    mutating func makeID() -> UInt64 {
        lastID &+= 1
        return lastID
    }

    /// Sets the timer that a call asks for, or forgets the call when nothing of it is left.
    mutating func settle(_ call: Call) {
        if call.isEnded, call.transactions == 0 {
            calls[call.handle.id] = nil
            return
        }
        guard let deadline = call.deadline, call.scheduled.map({ deadline < $0 }) ?? true else { return }
        call.scheduled = deadline
        timers.set(.call(call.handle), at: deadline)
    }

    /// Tells the driver that a call is over, once.
    mutating func reportEnd(_ call: Call, _ action: UserAgentAction) {
        guard !call.isReported else { return }
        call.isReported = true
        call.outgoing = nil
        dropWaiting(call)
        emit(action)
    }

    private mutating func callTimerFired(_ call: Call, at now: MonotonicInstant) {
        let timing = timing(call.path, at: now)
        if let waiting = call.waiting, waiting.deadline <= now { authenticate(call.handle, with: nil, at: now) }
        if call.client.cancelExpired(at: now) { abandonInvite(call, at: now) }
        switch call.server.timerFired(timing) {
        case .resend: resendSuccess(call)
        case .sendBye: sendBye(call, at: now)
        case .sendByeAndReport:
            sendBye(call, at: now)
            endCall(call, nil, at: now)
        case .none: break
        }
        reinviteTimerFired(call, timing)
        settle(call)
    }
}
