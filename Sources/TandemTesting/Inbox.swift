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
        fileprivate var time = timespec()

        init(secondsFromNow seconds: Int) {
            clock_gettime(CLOCK_REALTIME, &time)
            time.tv_sec += seconds
        }
    }

    /// Waits until there is something in it; false when the time is over.
    func wait(until deadline: Deadline) -> Bool {
        // What was put in and taken again has left its mark.
        while sem_trywait(semaphore) == 0 {}
        if state.withLock({ !$0.work.isEmpty }) { return true }
        var time = deadline.time
        return sem_timedwait(semaphore, &time) == 0
    }
}
