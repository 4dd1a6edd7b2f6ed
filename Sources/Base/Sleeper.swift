import Synchronization

/// The state of one suspended `Loop.sleep`: whichever of timer and cancellation comes first resumes the task.
final class Sleeper: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Void, any Error>?
        var timer: (any LoopTimer)?
        var outcome: Result<Void, any Error>?
    }

    private let state = Mutex(State())

    func begin(_ continuation: CheckedContinuation<Void, any Error>) {
        let early: Result<Void, any Error>? = state.withLock { state in
            if state.outcome == nil { state.continuation = continuation }
            return state.outcome
        }
        if let early { continuation.resume(with: early) }
    }

    func setTimer(_ timer: any LoopTimer) {
        let isOver = state.withLock { state in
            if state.outcome == nil { state.timer = timer }
            return state.outcome != nil
        }
        if isOver { timer.cancel() }
    }

    func finish(_ outcome: Result<Void, any Error>) {
        let (continuation, timer) = state.withLock { state in
            defer { (state.continuation, state.timer) = (nil, nil) }
            guard state.outcome == nil else { return (state.continuation, state.timer) }
            state.outcome = outcome
            return (state.continuation, state.timer)
        }
        timer?.cancel()
        continuation?.resume(with: outcome)
    }
}
