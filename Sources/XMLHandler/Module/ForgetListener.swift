import Base
import SwitchCore
import Synchronization

/// Hears the events by which FusionPBX's pages say what is to be forgotten: `fusion::memcache` and `fusion::file`.
final class ForgetListener: Sendable {
    private static let subclasses = ["fusion::memcache", "fusion::file"]
    private static let argumentHeader = "API-Command-Argument"
    /// How many events wait; a page sends a few.
    private static let queueLimit = 1_000

    /// What an event wants to be forgotten.
    enum Request: Hashable {
        case key(String)
        case everything
    }

    private struct State: Sendable {
        var subscription: EventSubscription?
        var bus: EventBus?
        var worker: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// Listens from now on.
    ///
    /// - Parameter forget: Forgets what a key means; everything, where there is none.
    func listen(to bus: EventBus, forget: @escaping @Sendable (String?) async -> Void) {
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let subscription = bus.subscribe(to: [.custom], queueLimit: Self.queueLimit) { waker.yield() }
        let worker = Task {
            for await _ in wakes {
                for event in subscription.takeAll() {
                    guard let request = Self.request(in: event) else { continue }
                    if case .key(let key) = request { await forget(key) } else { await forget(nil) }
                }
            }
        }
        state.withLock { $0 = State(subscription: subscription, bus: bus, worker: worker) }
    }

    /// Listens no more.
    func stop() {
        let old = state.withLock { state in
            defer { state = State() }
            return state
        }
        if let subscription = old.subscription { old.bus?.unsubscribe(subscription) }
        old.worker?.cancel()
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
