package import Base
import Synchronization

/// Does something now and then again and again; not while the time before is still under way.
package final class Recurrence: Sendable {
    private struct State {
        var timer: (any LoopTimer)?
        var isUnderWay = false
        var hasEnded = false
    }

    private let interval: Duration
    private let loop: any Loop
    private let state = Mutex(State())

    /// One that does nothing yet.
    package init(every interval: Duration, on loop: any Loop) {
        (self.interval, self.loop) = (interval, loop)
    }

    /// Does it now, and from now on.
    package func start(_ work: @escaping @Sendable () async -> Void) {
        let timer = loop.schedule(at: loop.now + interval) { [weak self] in self?.start(work) }
        let isFree = state.withLock { state in
            guard !state.hasEnded else {
                timer.cancel()
                return false
            }
            state.timer = timer
            defer { state.isUnderWay = true }
            return !state.isUnderWay
        }
        guard isFree else { return }
        Task.immediate(executorPreference: loop) {
            await work()
            self.state.withLock { $0.isUnderWay = false }
        }
    }

    /// Whether it is under way.
    package var isUnderWay: Bool { state.withLock { $0.isUnderWay } }

    /// Does it no more.
    package func stop() {
        let timer = state.withLock { state in
            state.hasEnded = true
            return state.timer
        }
        timer?.cancel()
    }
}
