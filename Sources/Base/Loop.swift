/// One thread of control that owns calls: everything of a call runs on the loop that the call was born on.
///
/// A loop is at once a place to run closures, a timer, a `SerialExecutor` for the actors that live on it and a
/// `TaskExecutor` for the structured tasks of their applications, so that `await` between things of one call costs
/// no thread hop. Production code runs on a network event loop; tests run on a simulated one whose clock they move.
public protocol Loop: SerialExecutor, TaskExecutor {
    /// The time on this loop's clock.
    var now: MonotonicInstant { get }

    /// Whether the caller already runs on this loop.
    var isCurrent: Bool { get }

    /// Runs `work` on the loop, after what is queued already.
    func execute(_ work: @escaping @Sendable () -> Void)

    /// Runs `work` on the loop when `deadline` has come, unless it is cancelled before.
    @discardableResult
    func schedule(at deadline: MonotonicInstant, _ work: @escaping @Sendable () -> Void) -> any LoopTimer
}

/// Something that a loop will do later.
public protocol LoopTimer: Sendable {
    /// Makes sure that the work does not run, if it has not begun; may be called from anywhere, any number of times.
    func cancel()
}

extension Loop {
    /// Suspends the calling task until the loop's clock has advanced by `duration`.
    ///
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    public func sleep(for duration: Duration) async throws {
        let sleeper = Sleeper()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                sleeper.begin(continuation)
                let timer = schedule(at: now + duration) { sleeper.finish(.success(())) }
                sleeper.setTimer(timer)
            }
        } onCancel: {
            sleeper.finish(.failure(CancellationError()))
        }
    }
}
