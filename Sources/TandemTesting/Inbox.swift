import Base
import Glibc
import Synchronization

/// What waits to be run on a simulated loop: any thread may put something in, and the test's thread may wait for it.
// @unchecked: the work is behind the lock, and a semaphore is made for several threads.
final class Inbox: @unchecked Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        /// The thread that runs the work.
        var owner = pthread_self()
        /// How often another thread has put something in.
        var arrivals = 0
    }

    private let state = Mutex(State())
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func put(_ item: @escaping @Sendable () -> Void) {
        let wasEmpty = state.withLock { state in
            state.work.append(item)
            if pthread_equal(state.owner, pthread_self()) == 0 { state.arrivals += 1 }
            return state.work.count == 1
        }
        if wasEmpty { sem_post(semaphore) }
    }

    func takeAll() -> [@Sendable () -> Void] {
        state.withLock { state in
            defer { state.work = [] }
            return state.work
        }
    }

    /// This thread runs the work from now on.
    func takeOver() {
        state.withLock { $0.owner = pthread_self() }
    }

    /// How often another thread has put something in, whether or not it has been taken out again.
    var arrivals: Int { state.withLock { $0.arrivals } }

    /// When waiting in real time is enough.
    struct Deadline {
        private let time: MonotonicInstant

        init(secondsFromNow seconds: Int) {
            time = .now + .seconds(seconds)
        }

        var isOver: Bool { .now >= time }
    }

    /// How long nothing is looked at while nothing comes.
    private static let nanosecondsOfPatience = 10_000_000

    /// Waits until there is something in it, for a moment at most.
    func wait(until deadline: Deadline) {
        // What was put in and taken again has left its mark.
        while sem_trywait(semaphore) == 0 {}
        if deadline.isOver || state.withLock({ !$0.work.isEmpty }) { return }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        time.tv_nsec += Self.nanosecondsOfPatience
        if time.tv_nsec >= 1_000_000_000 {
            (time.tv_sec, time.tv_nsec) = (time.tv_sec + 1, time.tv_nsec - 1_000_000_000)
        }
        sem_timedwait(semaphore, &time)
    }
}
