import Synchronization

/// Carries events from where they happen to those who subscribed to them.
///
/// Events are built only when somebody wants that kind: a switch without event clients pays one atomic read per event.
/// Every subscriber has a bounded queue of its own; one that is slow loses events, which are counted, and never holds
/// memory or the call that caused the event.
public final class EventBus: Sendable {
    private struct State {
        var subscriptions: [UInt64: (subscription: EventSubscription, names: EventNameSet)] = [:]
        var nextID: UInt64 = 0
        var sequence: UInt64 = 0
    }

    private let state = Mutex(State())
    // One bit per event name, so that asking costs no lock.
    private let wantedLow = Atomic<UInt64>(0)
    private let wantedHigh = Atomic<UInt64>(0)

    /// A bus that nobody has subscribed to.
    public init() {}

    /// Whether anybody subscribed to that kind of event.
    public func wants(_ name: EventName) -> Bool {
        let bit = UInt64(1) << UInt64(name.rawValue & 63)
        let word = name.rawValue < 64 ? wantedLow.load(ordering: .relaxed) : wantedHigh.load(ordering: .relaxed)
        return word & bit != 0
    }

    /// Publishes an event, which is made only when somebody wants it.
    ///
    /// It gets its number and its place in the queues in one step, so every subscriber sees the numbers rise, whichever
    /// threads the events come from.
    public func publish(_ name: EventName, _ make: () -> Event) {
        guard wants(name) else { return }
        var event = make()
        let woken = state.withLock { state in
            state.sequence &+= 1
            event.add(Self.sequenceHeader, String(state.sequence))
            return state.subscriptions.values.compactMap { entry in
                entry.names.contains(name) && entry.subscription.take(event) ? entry.subscription : nil
            }
        }
        for subscription in woken { subscription.wake() }
    }

    /// Numbers an event that is for nobody on the bus.
    func number(_ event: inout Event) {
        let number = state.withLock { state in
            state.sequence &+= 1
            return state.sequence
        }
        event.add(Self.sequenceHeader, String(number))
    }

    private static let sequenceHeader = "Event-Sequence"

    /// Subscribes to some kinds of events; `wake` is called, from any thread, when the queue stops being empty.
    public func subscribe(
        to names: EventNameSet,
        queueLimit: Int = EventSubscription.defaultQueueLimit,
        wake: @escaping @Sendable () -> Void
    ) -> EventSubscription {
        state.withLock { state in
            state.nextID &+= 1
            let subscription = EventSubscription(id: state.nextID, queueLimit: queueLimit, wake: wake)
            state.subscriptions[subscription.id] = (subscription, names)
            refreshWanted(state)
            return subscription
        }
    }

    /// Changes which kinds of events a subscription gets; what is queued stays.
    public func update(_ subscription: EventSubscription, to names: EventNameSet) {
        state.withLock { state in
            guard state.subscriptions[subscription.id] != nil else { return }
            state.subscriptions[subscription.id] = (subscription, names)
            refreshWanted(state)
        }
    }

    /// Ends a subscription; what is queued is dropped with it.
    public func unsubscribe(_ subscription: EventSubscription) {
        state.withLock { state in
            state.subscriptions[subscription.id] = nil
            refreshWanted(state)
        }
    }

    private func refreshWanted(_ state: State) {
        var wanted = EventNameSet()
        for entry in state.subscriptions.values { wanted.formUnion(entry.names) }
        wantedLow.store(wanted.low, ordering: .relaxed)
        wantedHigh.store(wanted.high, ordering: .relaxed)
    }
}
