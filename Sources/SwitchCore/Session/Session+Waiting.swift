import Base

/// Something that an application waits for on its channel.
struct Waiter {
    let id: UInt64
    let condition: (isolated Session) -> Bool
    let continuation: CheckedContinuation<Bool, Never>
    var timer: (any LoopTimer)?
}

extension Session {
    /// Suspends the application until `condition` holds, looked at again whenever something happens on the channel.
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
        try Task.checkCancellation()
        if condition(self) { return true }
        if isOver { throw CancellationError() }
        nextWaiter += 1
        let id = nextWaiter
        let holds = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                var waiter = Waiter(id: id, condition: condition, continuation: continuation)
                if let timeout {
                    waiter.timer = loop.schedule(at: loop.now + timeout) { [weak self] in
                        self?.assumeIsolated { $0.endWaiting(id) }
                    }
                }
                waiters.append(waiter)
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.endWaiting(id) } }
        }
        try Task.checkCancellation()
        if !holds, isOver { throw CancellationError() }
        return holds
    }

    /// Suspends the application for a while.
    ///
    /// - Throws: `CancellationError` when the call ended or was sent elsewhere.
    public func sleep(for duration: Duration) async throws {
        try await wait(timeout: duration) { _ in false }
    }

    /// Lets waiting applications look at their conditions again.
    public func wake() {
        guard !waiters.isEmpty else { return }
        var index = 0
        while index < waiters.count {
            if waiters[index].condition(self) {
                resume(waiters.remove(at: index), returning: true)
            } else {
                index += 1
            }
        }
    }

    /// Lets everybody go who waits: the call is over, and what they wait for will not happen any more.
    func releaseWaiters() {
        let left = waiters
        waiters = []
        for waiter in left { resume(waiter, returning: waiter.condition(self)) }
    }

    private func endWaiting(_ id: UInt64) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        resume(waiters.remove(at: index), returning: false)
    }

    private func resume(_ waiter: Waiter, returning holds: Bool) {
        waiter.timer?.cancel()
        waiter.continuation.resume(returning: holds)
    }
}
