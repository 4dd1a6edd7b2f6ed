/// Deadlines of many small state machines, ordered by time: a binary heap with lazy cancellation.
///
/// The owner asks for ``nextDeadline``, sets one timer of its driver for it, and calls ``popExpired(now:)`` until it
/// gives `nil`. Setting a deadline is O(log n). A machine that changes its mind simply sets another deadline and
/// ignores the old one when it comes, by comparing it with what it now wants.
public struct TimerQueue<Key: Sendable>: Sendable {
    @usableFromInline
    struct Entry: Sendable {
        @usableFromInline var deadline: MonotonicInstant
        @usableFromInline var key: Key

        @usableFromInline
        init(deadline: MonotonicInstant, key: Key) {
            (self.deadline, self.key) = (deadline, key)
        }
    }

    // Inlined into its users, so that the code is made for their keys: every message sets deadlines.
    @usableFromInline var heap: [Entry] = []

    /// An empty queue.
    @inlinable
    public init() {}

    /// How many deadlines are set, those that nobody waits for any more included.
    public var count: Int { heap.count }

    /// The earliest deadline.
    @inlinable
    public var nextDeadline: MonotonicInstant? { heap.isEmpty ? nil : heap[0].deadline }

    /// Asks for `key` to be given back once `deadline` has come.
    @inlinable
    public mutating func set(_ key: Key, at deadline: MonotonicInstant) {
        heap.append(Entry(deadline: deadline, key: key))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].deadline < heap[parent].deadline else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the key whose deadline came first, if it has come.
    @inlinable
    public mutating func popExpired(now: MonotonicInstant) -> Key? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].deadline < heap[smallest].deadline { smallest = child }
            }
            guard smallest != parent else { break }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
        return first.key
    }
}
