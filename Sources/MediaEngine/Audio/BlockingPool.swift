import Glibc

/// A few threads for what blocks: sound files, programs of the machine, name look-ups. Jobs queue up to a limit.
// @unchecked: all mutable state is guarded by the mutex below.
package final class BlockingPool: @unchecked Sendable {
    package typealias Job = @Sendable () -> Void

    private let threads: Int
    private let queueLimit: Int
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    // A job that was taken leaves a hole: what it holds is let go of when it has run, and never under the mutex.
    private var queue: [Job?] = []
    private var head = 0
    private var started = 0
    private var idle = 0
    private var isStopping = false

    package init(threads: Int, queueLimit: Int) {
        (self.threads, self.queueLimit) = (max(threads, 1), queueLimit)
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Queues a job; false when too many wait.
    ///
    /// One that must not be lost, such as the end of a file, passes `isVital`.
    package func submit(isVital: Bool = false, _ job: @escaping Job) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard isVital || (!isStopping && queue.count - head < queueLimit) else { return false }
        queue.append(job)
        // An idle thread that was woken for an earlier job still counts as idle: it takes one of those that wait.
        if idle < queue.count - head, started < threads {
            started += 1
            startThread(named: "files-\(started)") { self.work() }
        }
        pthread_cond_signal(condition)
        return true
    }

    /// Runs `body` on a thread of the pool and waits for it.
    package func run<Value: Sendable>(
        _ body: @escaping @Sendable () -> Result<Value, MediaError>
    ) async throws(MediaError) -> Value {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, MediaError>, Never>) in
            if !submit({ continuation.resume(returning: body()) }) {
                continuation.resume(returning: .failure(.overloaded))
            }
        }
        return try result.get()
    }

    /// Runs `body` on a thread of the pool and waits for it; `nil` when too many wait.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value? {
        await withCheckedContinuation { continuation in
            if !submit({ continuation.resume(returning: body()) }) { continuation.resume(returning: nil) }
        }
    }

    /// Lets the threads end once nothing waits; jobs that must not be lost are still accepted.
    package func stop() {
        pthread_mutex_lock(mutex)
        isStopping = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    private func work() {
        while let job = next() { job() }
    }

    private func next() -> Job? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while head == queue.count {
            guard !isStopping else {
                started -= 1
                return nil
            }
            idle += 1
            pthread_cond_wait(condition, mutex)
            idle -= 1
        }
        let job = queue[head]
        queue[head] = nil
        head += 1
        if head == queue.count {
            (queue, head) = ([], 0)
        } else if head > queueLimit {
            // Under steady load the queue never runs empty: the part that was taken is cut off now and then.
            queue.removeFirst(head)
            head = 0
        }
        return job
    }
}
