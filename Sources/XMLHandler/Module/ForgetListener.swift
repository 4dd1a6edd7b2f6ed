import Base
import SwitchCore
import Synchronization

/// Hears the events by which FusionPBX's pages say what is to be forgotten: `fusion::memcache` and `fusion::file`.
final class ForgetListener: Sendable {
    private static let subclasses = ["fusion::memcache", "fusion::file"]
    private static let argumentHeader = "API-Command-Argument"
    /// How many events wait, of all kinds of CUSTOM: they are looked at at once.
    private static let queueLimit = 10_000
    /// How many different keys wait to be forgotten; with more, everything is.
    private static let keyLimit = 1_000

    /// What an event wants to be forgotten.
    enum Request: Hashable {
        case key(String)
        case everything
    }

    private struct State: Sendable {
        var subscription: EventSubscription?
        var bus: EventBus?
        var tasks: [Task<Void, Never>] = []
    }

    /// What waits to be forgotten: each key once.
    private final class Backlog: Sendable {
        private let requests = Mutex<Set<Request>>([])

        func add(_ new: [Request]) {
            requests.withLock { requests in
                requests.formUnion(new)
                if requests.contains(.everything) || requests.count > ForgetListener.keyLimit {
                    requests = [.everything]
                }
            }
        }

        func takeAll() -> Set<Request> {
            requests.withLock { requests in
                defer { requests = [] }
                return requests
            }
        }
    }

    private let state = Mutex(State())

    /// Listens from now on.
    ///
    /// - Parameter forget: Forgets what a key means; everything, where there is none.
    func listen(to bus: EventBus, forget: @escaping @Sendable (String?) async -> Void) {
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (work, worker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let subscription = bus.subscribe(to: [.custom], queueLimit: Self.queueLimit) { waker.yield() }
        let backlog = Backlog()
        // Forgetting may wait for servers; meanwhile registrations and the like must not push out what is to be forgotten.
        let listening = Task {
            var dropped: UInt64 = 0
            for await _ in wakes {
                var requests = subscription.takeAll().compactMap { Self.request(in: $0) }
                if subscription.droppedCount != dropped {
                    dropped = subscription.droppedCount
                    requests.append(.everything)
                }
                guard !requests.isEmpty else { continue }
                backlog.add(requests)
                worker.yield()
            }
            worker.finish()
        }
        let forgetting = Task {
            for await _ in work {
                for request in backlog.takeAll() {
                    if case .key(let key) = request { await forget(key) } else { await forget(nil) }
                }
            }
        }
        state.withLock { $0 = State(subscription: subscription, bus: bus, tasks: [listening, forgetting]) }
    }

    /// Listens no more.
    func stop() {
        let old = state.withLock { state in
            defer { state = State() }
            return state
        }
        if let subscription = old.subscription { old.bus?.unsubscribe(subscription) }
        for task in old.tasks { task.cancel() }
    }

    /// What an event wants to be forgotten; `nil` for another event.
    static func request(in event: Event) -> Request? {
        guard let subclass = event.subclass, subclasses.contains(subclass), let text = event[argumentHeader] else {
            return nil
        }
        let words = ListSplitter.split(text, by: " ", limit: 2)
        switch (words.first?.lowercased(), words.count) {
        case ("delete", 2): return .key(words[1])
        case ("flush", _): return .everything
        default: return nil
        }
    }
}
