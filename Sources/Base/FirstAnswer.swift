import Synchronization

/// A suspended task that goes on with the first answer it is given; later ones are ignored.
private final class FirstAnswer<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value?, Never>?>

    init(_ continuation: CheckedContinuation<Value?, Never>) {
        self.continuation = Mutex(continuation)
    }

    func give(_ value: Value?) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(returning: value)
    }
}

extension Loop {
    /// Waits for what somebody on any thread answers, and gives `nil` when the answer does not come in time.
    ///
    /// - Parameters:
    ///   - limit: How long, by the loop's clock.
    ///   - ask: Asks; it is called once, before the task suspends.
    public func answer<Value: Sendable>(
        within limit: Duration,
        to ask: (_ reply: @escaping @Sendable (Value) -> Void) -> Void
    ) async -> Value? {
        var timer: (any LoopTimer)?
        let value = await withCheckedContinuation { continuation in
            let answer = FirstAnswer<Value>(continuation)
            timer = schedule(at: now + limit) { answer.give(nil) }
            ask { answer.give($0) }
        }
        timer?.cancel()
        return value
    }
}
