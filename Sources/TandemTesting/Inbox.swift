import Glibc
import Synchronization

/// What waits to be run on a simulated loop: any thread may put something in, and the test's thread may wait for it.
// @unchecked: the work is behind the lock, and a semaphore is made for several threads.
final class Inbox: @unchecked Sendable {
    private let work = Mutex<[@Sendable () -> Void]>([])
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
        let wasEmpty = work.withLock { work in
            work.append(item)
            return work.count == 1
        }
        if wasEmpty { sem_post(semaphore) }
    }

    func takeAll() -> [@Sendable () -> Void] {
        work.withLock { work in
            let all = work
            work = []
            return all
        }
    }

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
        if work.withLock({ !$0.isEmpty }) { return true }
        var time = deadline.time
        return sem_timedwait(semaphore, &time) == 0
    }
}
