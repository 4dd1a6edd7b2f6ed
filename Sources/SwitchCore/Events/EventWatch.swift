public import Base
import Logging
import Synchronization

/// Does something about certain events, one batch of them after the other, in a task of its own.
public final class EventWatch: Sendable {
    private struct State {
        var subscription: EventSubscription?
        var task: Task<Void, Never>?
    }

    private let softswitch: Switch
    private let state = Mutex(State())
    private let queueLimit: Int

    /// For a module of a switch.
    ///
    /// - Parameter queueLimit: How many events wait; what is beyond is lost, which the log says.
    public init(_ softswitch: Switch, queueLimit: Int = 16) {
        (self.softswitch, self.queueLimit) = (softswitch, queueLimit)
    }

    /// Calls `heard` with those that have happened since it was called last.
    ///
    /// - Parameter loop: Where, if not on a thread of its own choice.
    public func start(
        _ names: EventNameSet,
        on loop: (any Loop)? = nil,
        _ heard: @escaping @Sendable ([Event]) async -> Void
    ) {
        let (news, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let subscription = softswitch.events.subscribe(to: names, queueLimit: queueLimit) { continuation.yield() }
        let logger = softswitch.logger
        let task = Task(executorPreference: loop) {
            var dropped: UInt64 = 0
            for await _ in news {
                let events = subscription.takeAll()
                // Asked for after that: what is dropped from now on finds a full queue, and so another turn.
                let count = subscription.droppedCount
                if count != dropped { Self.tell(count, of: names, to: logger) }
                dropped = count
                await heard(events)
            }
        }
        state.withLock { $0 = State(subscription: subscription, task: task) }
    }

    /// Tells of what was lost since the queue was emptied last.
    private static func tell(_ dropped: UInt64, of names: EventNameSet, to logger: Logger) {
        let texts = EventName.allCases.filter { names.contains($0) }.map(\.text)
        logger.error(
            "events were dropped, too many came at once",
            metadata: ["events": "\(texts.joined(separator: ","))", "dropped": "\(dropped)"]
        )
    }

    /// Hears of no events any more.
    public func stop() {
        let old = state.withLock { state in
            defer { state = State() }
            return state
        }
        old.subscription.map { softswitch.events.unsubscribe($0) }
        old.task?.cancel()
    }
}
