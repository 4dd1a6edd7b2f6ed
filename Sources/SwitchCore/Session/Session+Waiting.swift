import Base

/// Something that an application waits for on its channel.
struct Waiter {
    enum End {
        case conditionHolds, messageArrived, over
    }

    let id: UInt64
    let condition: (isolated Session) -> Bool
    /// Whether the channel's messages are done meanwhile.
    let takesMessages: Bool
    let continuation: CheckedContinuation<End, Never>
    var timer: (any LoopTimer)?
}

extension Session {
    /// The number of the channel whose own task this is: only there its messages are done.
    @TaskLocal static var runningChannel: UInt64?

    /// Suspends the application until `condition` holds, looked at again whenever something happens on the channel.
    ///
    /// What others ask of the channel meanwhile (``post(_:)``) is done in between, as if it were part of the waiting.
    ///
    /// - Parameter timeout: How long to wait at most; `nil` waits for as long as the call lasts.
    /// - Returns: Whether the condition holds; false when the time is over.
    /// - Throws: `CancellationError` when the call was sent elsewhere, or ended without that the condition holds: so
    ///   nobody waits on a channel that is gone, whatever task it is that waits.
    @discardableResult
    public func wait(
        timeout: Duration? = nil,
        until condition: @escaping (isolated Session) -> Bool
    ) async throws -> Bool {
        let deadline = timeout.map { loop.now + $0 }
        let takesMessages = Session.runningChannel == number
        while true {
            try Task.checkCancellation()
            if condition(self) { return true }
            if isOver { throw CancellationError() }
            if takesMessages, let message = messages.next() {
                await perform(message)
                continue
            }
            if let deadline, loop.now >= deadline { return false }
            let end = await suspend(until: deadline, takesMessages: takesMessages, condition)
            try Task.checkCancellation()
            switch end {
            case .conditionHolds: return true
            case .messageArrived: continue
            case .over:
                if isOver { throw CancellationError() }
                return false
            }
        }
    }

    private func suspend(
        until deadline: MonotonicInstant?,
        takesMessages: Bool,
        _ condition: @escaping (isolated Session) -> Bool
    ) async -> Waiter.End {
        nextWaiter += 1
        let id = nextWaiter
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                var waiter = Waiter(
                    id: id,
                    condition: condition,
                    takesMessages: takesMessages,
                    continuation: continuation
                )
                if let deadline {
                    waiter.timer = loop.schedule(at: deadline) { [weak self] in
                        self?.assumeIsolated { $0.endWaiting(id) }
                    }
                }
                waiters.append(waiter)
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.endWaiting(id) } }
        }
    }

    /// Lets waiting applications look at their conditions again.
    public func wake() {
        guard !waiters.isEmpty else { return }
        var index = 0
        while index < waiters.count {
            if waiters[index].condition(self) {
                resume(waiters.remove(at: index), .conditionHolds)
            } else if waiters[index].takesMessages, messages.hasNext {
                resume(waiters.remove(at: index), .messageArrived)
            } else {
                index += 1
            }
        }
    }

    /// Lets everybody go who waits: the call is over, and what they wait for will not happen any more.
    func releaseWaiters() {
        let left = waiters
        waiters = []
        for waiter in left { resume(waiter, waiter.condition(self) ? .conditionHolds : .over) }
    }

    private func endWaiting(_ id: UInt64) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        resume(waiters.remove(at: index), .over)
    }

    private func resume(_ waiter: Waiter, _ end: Waiter.End) {
        waiter.timer?.cancel()
        waiter.continuation.resume(returning: end)
    }
}
