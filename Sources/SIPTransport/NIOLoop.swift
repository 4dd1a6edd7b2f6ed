public import Base
public import NIOCore

/// A network event loop as the switch's ``Base/Loop``: one thread that runs sockets, timers, calls and their tasks.
public final class NIOLoop: Loop {
    /// The event loop that everything runs on.
    public let eventLoop: any EventLoop

    /// The loop over an event loop; make one for each and keep it.
    public init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// The event loop's monotonic clock.
    public var now: MonotonicInstant {
        MonotonicInstant(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds))
    }

    /// Whether the caller already runs on this loop.
    public var isCurrent: Bool { eventLoop.inEventLoop }

    /// Runs `work` on the loop, after what is queued already.
    public func execute(_ work: @escaping @Sendable () -> Void) {
        eventLoop.execute(work)
    }

    /// Runs `work` on the loop when `deadline` has come.
    public func schedule(at deadline: MonotonicInstant, _ work: @escaping @Sendable () -> Void) -> any LoopTimer {
        let when = NIODeadline.uptimeNanoseconds(UInt64(clamping: deadline.nanoseconds))
        return Timer(scheduled: eventLoop.scheduleTask(deadline: when, work))
    }

    /// Runs a job of a task or actor that belongs here.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { self.run(job) }
    }

    private func run(_ job: UnownedJob) {
        unsafe job.runSynchronously(
            isolatedTo: asUnownedSerialExecutor(),
            taskExecutor: asUnownedTaskExecutor()
        )
    }

    /// This loop for actors.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// This loop for tasks.
    public func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        unsafe UnownedTaskExecutor(ordinary: self)
    }

    /// Lets `assumeIsolated` work in callbacks of the network, which are no tasks.
    public func checkIsolated() {
        precondition(isCurrent, "this runs on another loop than it belongs to")
    }

    private struct Timer: LoopTimer {
        let scheduled: Scheduled<Void>

        func cancel() { scheduled.cancel() }
    }
}
