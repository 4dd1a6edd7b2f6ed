import Base
import Synchronization

/// What commands asked for later: `sched_api`, `sched_hangup` and their relatives.
///
/// One loop keeps the time. A task's work runs in a Swift task on that loop, so that one that waits holds nobody up.
public final class TaskScheduler: Sendable {
    /// What is done when the time has come.
    public typealias Work = @Sendable () async -> Void

    /// A task that waits for its time.
    public struct Entry: Sendable {
        /// Its number.
        public let id: UInt32
        /// What kind of task it is.
        public let summary: String
        /// What it belongs to: a name of the operator's choice, or the channel's UUID.
        public let group: String
        /// When it is due, in seconds since 1970.
        public internal(set) var due: Int64
    }

    /// What happened to a task.
    public enum Change: Sendable {
        case added, removed, executed, rescheduled
    }

    private struct Item {
        var entry: Entry
        let interval: Int64?
        let work: Work
        var timer: (any LoopTimer)?
    }

    private struct Items {
        var next: UInt32 = 0
        var waiting: [UInt32: Item] = [:]
        var observer: (@Sendable (Change, Entry) -> Void)?
    }

    /// How many tasks may wait at once.
    public static let limit = 10_000
    /// The longest that a task may be put off, in seconds: ten years.
    public static let longestDelay: Int64 = 315_360_000

    private let loop: any Loop
    private let clock: @Sendable () -> Int64
    private let items = Mutex(Items())

    init(loop: any Loop, clock: @escaping @Sendable () -> Int64) {
        (self.loop, self.clock) = (loop, clock)
    }

    /// Sets who hears of what happens to tasks.
    func observe(_ observer: @escaping @Sendable (Change, Entry) -> Void) {
        items.withLock { $0.observer = observer }
    }

    /// Has something done at a time.
    ///
    /// - Parameters:
    ///   - due: When, in seconds since 1970; what is past is done at once.
    ///   - interval: After how many seconds it is done again, if it is.
    /// - Returns: The task's number, or `nil` when too many wait.
    public func add(
        at due: Int64,
        every interval: Int64? = nil,
        summary: String,
        group: String,
        work: @escaping Work
    ) -> UInt32? {
        let now = clock() / 1_000_000
        let due = min(due, now + Self.longestDelay)
        let entry: Entry? = items.withLock { items in
            guard items.waiting.count < Self.limit else { return nil }
            repeat { items.next &+= 1 } while items.next == 0 || items.waiting[items.next] != nil
            let entry = Entry(id: items.next, summary: summary, group: group, due: due)
            items.waiting[entry.id] = Item(entry: entry, interval: interval, work: work)
            return entry
        }
        guard let entry else { return nil }
        report(.added, entry)
        arm(entry)
        return entry.id
    }

    /// Takes a task out; false when there is none of that number.
    public func remove(id: UInt32) -> Bool {
        let item = items.withLock { $0.waiting.removeValue(forKey: id) }
        guard let item else { return false }
        item.timer?.cancel()
        report(.removed, item.entry)
        return true
    }

    /// Takes all tasks of a group out; gives how many there were.
    @discardableResult
    public func removeAll(of group: String) -> Int {
        let ids = items.withLock { items in
            items.waiting.isEmpty ? [] : items.waiting.values.filter { $0.entry.group == group }.map(\.entry.id)
        }
        return ids.count { remove(id: $0) }
    }

    /// The tasks that wait, in the order of their numbers.
    public var all: [Entry] {
        items.withLock { $0.waiting.values.map(\.entry).sorted { $0.id < $1.id } }
    }

    private func arm(_ entry: Entry) {
        let delay = Duration.microseconds(max(entry.due * 1_000_000 - clock(), 0))
        let timer = loop.schedule(at: loop.now + delay) { [weak self] in self?.fire(entry.id) }
        let isWaiting = items.withLock { items in
            items.waiting[entry.id]?.timer = timer
            return items.waiting[entry.id] != nil
        }
        if !isWaiting { timer.cancel() }
    }

    private func fire(_ id: UInt32) {
        let now = clock() / 1_000_000
        let item: Item? = items.withLock { items in
            guard var item = items.waiting[id] else { return nil }
            guard let interval = item.interval else { return items.waiting.removeValue(forKey: id) }
            item.entry.due = now + interval
            items.waiting[id] = item
            return item
        }
        guard let item else { return }
        report(.executed, item.entry)
        Task(executorPreference: loop) { await item.work() }
        if item.interval == nil {
            report(.removed, item.entry)
        } else {
            report(.rescheduled, item.entry)
            arm(item.entry)
        }
    }

    private func report(_ change: Change, _ entry: Entry) {
        items.withLock { $0.observer }?(change, entry)
    }
}
