package import Base
import Synchronization

/// What is kept in a database by a ``WriteBehind``: collected while the program goes on, written later.
package protocol WrittenBehind: AnyObject, Sendable {
    /// Makes ready what is written into, such as tables; called until it has succeeded once.
    func prepare() async throws(DatabaseError)

    /// Writes what has come up since the last time.
    func write() async throws(DatabaseError)

    /// Something could not be written, and will be tried again: what was lost with it has to be written anew.
    ///
    /// - Parameter isFirst: Whether the time before went well.
    func writingFailed(_ error: DatabaseError, isFirst: Bool)

    /// Something could be written again.
    func writingRecovered()
}

/// Writes into a database a few times a second whatever has come up meanwhile.
///
/// Nobody waits for it: what changes often is written once, a slow database gets fewer and later states, and one that is
/// away is left alone for a while, longer after each failure.
package final class WriteBehind: Sendable {
    private struct State {
        var isWriting = false
        var isPrepared = false
        var isFailing = false
        var failures = 0
        var pause: Duration
    }

    /// How long changes are collected.
    private let interval: Duration
    /// How long a database that failed is left alone; twice as long after each failure, up to the upper bound.
    private let pauses: ClosedRange<Duration>
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let state: Mutex<State>

    /// One that does nothing yet.
    package init(
        interval: Duration = .milliseconds(100),
        pauses: ClosedRange<Duration> = .seconds(1) ... .seconds(30)
    ) {
        (self.interval, self.pauses) = (interval, pauses)
        (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state = Mutex(State(pause: pauses.lowerBound))
    }

    /// Prepares the database before anything else, for a program that cannot do without it.
    package func prepare(_ content: some WrittenBehind) async throws(DatabaseError) {
        try await content.prepare()
        state.withLock { $0.isPrepared = true }
    }

    /// Begins to write, whenever it is woken.
    package func start(_ content: some WrittenBehind, on loop: some Loop) {
        let task = Task(executorPreference: loop) { [self] in
            for await _ in wakes {
                try? await loop.sleep(for: await write(content))
            }
        }
        self.task.withLock { $0 = task }
    }

    /// Says that there is something to write.
    package func wake() {
        waker.yield()
    }

    /// Ends what is being written, and writes no more.
    package func stop() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    /// - Returns: How long to wait before the next time.
    private func write(_ content: some WrittenBehind) async -> Duration {
        state.withLock { $0.isWriting = true }
        do {
            if !state.withLock({ $0.isPrepared }) { try await prepare(content) }
            try await content.write()
            if finish(hasFailed: false) { content.writingRecovered() }
            return interval
        } catch  where error.kind == .cancelled {
            // The program ends.
            _ = finish(hasFailed: false)
            return interval
        } catch {
            content.writingFailed(error, isFirst: !finish(hasFailed: true))
            wake()
            return nextPause()
        }
    }

    /// Notes how it went; gives whether it failed before.
    private func finish(hasFailed: Bool) -> Bool {
        state.withLock { state in
            defer {
                (state.isWriting, state.isFailing) = (false, hasFailed)
                if hasFailed { state.failures += 1 } else { state.pause = pauses.lowerBound }
            }
            return state.isFailing
        }
    }

    private func nextPause() -> Duration {
        state.withLock { state in
            defer { state.pause = min(state.pause * 2, pauses.upperBound) }
            return state.pause
        }
    }

    /// How often the database could not be written.
    package var failures: Int { state.withLock { $0.failures } }

    /// Whether the database is at work at the moment.
    package var isWriting: Bool { state.withLock { $0.isWriting } }

    /// Whether the database has what was to be written, but for the latest changes.
    package var isKept: Bool { state.withLock { $0.isPrepared && !$0.isFailing } }
}
