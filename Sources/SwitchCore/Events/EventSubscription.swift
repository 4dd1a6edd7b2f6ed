import Synchronization

/// One subscriber's bounded queue of events.
public final class EventSubscription: Sendable {
    /// How many events wait for a subscriber that did not say otherwise.
    public static let defaultQueueLimit = 10_000

    private struct Queue {
        var events: [Event] = []
        var dropped: UInt64 = 0
    }

    let id: UInt64
    private let queueLimit: Int
    let wake: @Sendable () -> Void
    private let queue = Mutex(Queue())

    init(id: UInt64, queueLimit: Int, wake: @escaping @Sendable () -> Void) {
        (self.id, self.queueLimit, self.wake) = (id, queueLimit, wake)
    }

    /// Takes an event, or counts it as lost when there is no room.
    ///
    /// - Returns: Whether the queue was empty, so that the subscriber has to be woken.
    func take(_ event: Event) -> Bool {
        queue.withLock { queue in
            guard queue.events.count < queueLimit else {
                queue.dropped &+= 1
                return false
            }
            queue.events.append(event)
            return queue.events.count == 1
        }
    }

    /// Takes everything that is queued, oldest first.
    public func takeAll() -> [Event] {
        queue.withLock { queue in
            let events = queue.events
            queue.events = []
            return events
        }
    }

    /// How many events were lost because the queue was full.
    public var droppedCount: UInt64 {
        queue.withLock { $0.dropped }
    }
}
