import Base
import Glibc
import Synchronization

/// What the thread of a folder has to do, from anywhere; the thread waits for it together with the system's news.
final class FolderInbox: Sendable {
    /// Something to be done on the folder's thread.
    typealias Task = @Sendable (FolderWork) -> Void

    private struct State {
        var tasks: [Task] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// How many messages of peers the thread has not taken yet.
    let unread = Atomic<Int>(0)
    /// Whether so much is to be written that no more is to come.
    let isFull = Atomic<Bool>(false)
    /// Both ends of a pipe: what is written to the one wakes who waits for the other.
    private let (wake, bell): (Int32, Int32)

    init() {
        var ends: [Int32] = [-1, -1]
        _ = pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (wake, bell) = (ends[0], ends[1])
    }

    deinit {
        close(wake)
        close(bell)
    }

    /// False when the folder has ended, and nothing will be done.
    @discardableResult
    func post(_ task: @escaping Task) -> Bool {
        let (isTaken, isFirst) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.tasks.append(task)
            return (true, state.tasks.count == 1)
        }
        if isFirst {
            var one: UInt8 = 1
            _ = write(bell, &one, 1)
        }
        return isTaken
    }

    /// Everything that came.
    func takeAll() -> [Task] {
        state.withLock { state in
            defer { state.tasks = [] }
            return state.tasks
        }
    }

    /// Takes nothing any more; what came before.
    func finish() -> [Task] {
        state.withLock { state in
            defer { state.tasks = [] }
            state.isClosed = true
            return state.tasks
        }
    }

    /// Lets things come together.
    func pause(_ duration: Duration) { usleep(UInt32(clamping: duration.wholeNanoseconds / 1000)) }

    /// Waits until something comes, there is something to be read, or it is time.
    func wait(for descriptor: Int32?, until deadline: MonotonicInstant?) {
        var events = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
        if let descriptor { events.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)) }
        var time: Int32 = -1
        if let deadline {
            let left = max(0, (deadline - .now).wholeNanoseconds)
            time = Int32(clamping: (left + 999_999) / 1_000_000)
        }
        guard poll(&events, nfds_t(events.count), time) > 0, events[0].revents != 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 64)
        _ = read(wake, &bytes, bytes.count)
    }
}
