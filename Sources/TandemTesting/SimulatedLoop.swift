public import Base
import Synchronization

// @unchecked: the test's thread drives it and everything on it runs inside `run`; other threads, such as those of the
// media, only put work into the inbox, which has a lock.
/// A loop whose clock only moves when a test says so, on the test's own thread.
///
/// Work that is queued runs in order; timers run in the order of their deadlines, ties in the order in which they were
/// set. So a whole switch on one of these, with a seed for its network, does the same thing in every run.
public final class SimulatedLoop: Loop, @unchecked Sendable {
    // @unchecked: confined to the loop that made it.
    private final class Timer: LoopTimer, @unchecked Sendable {
        var work: (@Sendable () -> Void)?

        init(_ work: @escaping @Sendable () -> Void) { self.work = work }

        func cancel() { work = nil }
    }

    private let inbox = Inbox()
    private var timers: [(deadline: MonotonicInstant, order: UInt64, timer: Timer)] = []
    private var nextOrder: UInt64 = 0
    private var isRunning = false
    /// The simulated time.
    public private(set) var now = MonotonicInstant(nanoseconds: 1_000_000_000)

    /// A loop at one second after its clock's origin.
    public init() {}

    /// Whether the caller runs on this loop: inside of it, or in the test that drives it.
    public var isCurrent: Bool { true }

    /// Queues work, from any thread.
    public func execute(_ work: @escaping @Sendable () -> Void) {
        inbox.put(work)
    }

    /// Queues work for a later time.
    public func schedule(at deadline: MonotonicInstant, _ work: @escaping @Sendable () -> Void) -> any LoopTimer {
        let timer = Timer(work)
        nextOrder += 1
        timers.append((deadline, nextOrder, timer))
        return timer
    }

    /// Queues a job of a task or an actor.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        inbox.put {
            job.runSynchronously(
                isolatedTo: self.asUnownedSerialExecutor(),
                taskExecutor: self.asUnownedTaskExecutor()
            )
        }
    }

    /// This loop for actors.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// This loop for tasks.
    public func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        UnownedTaskExecutor(ordinary: self)
    }

    /// Everything in a simulation is on its loop.
    public func checkIsolated() {}

    /// How many timers are set that have not been cancelled.
    public var pendingTimers: Int { timers.count { $0.timer.work != nil } }

    /// Runs what is queued, and what that queues, without moving the clock.
    ///
    /// - Parameter limit: How many pieces of work may run; more is a loop that never ends.
    public func runQueued(limit: Int = 1_000_000) {
        var left = limit
        while left > 0 {
            let batch = inbox.takeAll()
            guard !batch.isEmpty else { break }
            for work in batch { work() }
            left -= batch.count
        }
        precondition(left > 0, "the simulation does not come to rest")
    }

    /// Runs what other threads queue until something holds, without moving the clock.
    ///
    /// - Parameter seconds: How long to wait, in real time, for other threads at most.
    /// - Returns: Whether it holds.
    public func runUntil(_ condition: () -> Bool, waitingAtMost seconds: Int = 120) -> Bool {
        let deadline = Inbox.Deadline(secondsFromNow: seconds)
        inbox.takeOver()
        runQueued()
        while true {
            let isLast = deadline.isOver
            let seen = inbox.arrivals
            if condition() { return true }
            guard !isLast else { return false }
            // What came while the condition was looked at may be done by now, and nothing else may ever come. And it may come
            // to hold without a word to this loop.
            if inbox.arrivals == seen { inbox.wait(until: deadline) }
            runQueued()
        }
    }

    /// Moves the clock by `duration`, running every timer that comes due on the way at its own time.
    public func advance(by duration: Duration) {
        let end = now + duration
        runQueued()
        while let next = popTimer(until: end) {
            now = max(now, next.deadline)
            let work = next.timer.work
            next.timer.work = nil
            work?()
            runQueued()
        }
        now = end
    }

    private func popTimer(until end: MonotonicInstant) -> (deadline: MonotonicInstant, order: UInt64, timer: Timer)? {
        timers.removeAll { $0.timer.work == nil }
        let first = timers.indices.min { left, right in
            (timers[left].deadline, timers[left].order) < (timers[right].deadline, timers[right].order)
        }
        guard let first, timers[first].deadline <= end else { return nil }
        return timers.remove(at: first)
    }
}
