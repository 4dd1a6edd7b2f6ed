import Synchronization

extension Task where Failure == any Error {
    /// Waits for its end, but not for longer than so; whether it has ended.
    func ends(within time: Duration) async -> Bool {
        await withCheckedContinuation { continuation in
            let waiting = Waiting(continuation)
            let timer = Task<Void, Never> {
                try? await Task<Never, Never>.sleep(for: time)
                waiting.resume(false)
            }
            Task<Void, Never> {
                _ = await self.result
                waiting.resume(true)
                timer.cancel()
            }
        }
    }
}

/// Somebody who waits for one of several things.
private final class Waiting: Sendable {
    private let continuation: Mutex<CheckedContinuation<Bool, Never>?>

    init(_ continuation: CheckedContinuation<Bool, Never>) {
        self.continuation = Mutex(continuation)
    }

    func resume(_ answer: Bool) {
        continuation.withLock { waiting in
            waiting?.resume(returning: answer)
            waiting = nil
        }
    }
}
