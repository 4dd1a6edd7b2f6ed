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

    /// Waits until something was put in; false when the time is over.
    func wait(seconds: Int) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_sec += seconds
        return sem_timedwait(semaphore, &deadline) == 0
    }
}
