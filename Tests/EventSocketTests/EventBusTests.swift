import SwitchCore
import Synchronization
import Testing

/// The bus between those who publish and those who subscribe.
struct EventBusTests {
    /// Clients follow `Event-Sequence`: it rises in every queue, whichever threads the events come from.
    @Test func numbersRiseInEveryQueue() async {
        let (bus, threads, each) = (EventBus(), 4, 5000)
        let subscriptions = (0..<2).map { _ in bus.subscribe(to: [.custom], queueLimit: threads * each) {} }
        await withTaskGroup { group in
            for _ in 0..<threads {
                group.addTask {
                    for _ in 0..<each { bus.publish(.custom) { Event(.custom) } }
                }
            }
        }
        for subscription in subscriptions {
            let numbers = subscription.takeAll().compactMap { $0["Event-Sequence"].flatMap { Int($0) } }
            let isInOrder = numbers.elementsEqual(1...(threads * each))
            #expect(isInOrder)
        }
    }

    /// What somebody publishes because he is woken comes after the event that woke him, for the others too.
    @Test func wakingComesAfterQueueing() {
        let bus = EventBus()
        let isFirst = Atomic(true)
        let subscriptions = (0..<2).map { _ in
            bus.subscribe(to: [.custom]) {
                if isFirst.exchange(false, ordering: .relaxed) { bus.publish(.custom) { Event(.custom) } }
            }
        }
        bus.publish(.custom) { Event(.custom) }
        for subscription in subscriptions {
            #expect(subscription.takeAll().map { $0["Event-Sequence"] } == ["1", "2"])
        }
    }

    @Test func queuesAreBounded() {
        let bus = EventBus()
        let (small, large) = (
            bus.subscribe(to: [.custom], queueLimit: 3) {}, bus.subscribe(to: [.custom], queueLimit: 10) {}
        )
        for _ in 0..<5 { bus.publish(.custom) { Event(.custom) } }
        #expect(small.takeAll().map { $0["Event-Sequence"] } == ["1", "2", "3"])
        #expect(small.droppedCount == 2)
        #expect(large.takeAll().count == 5)
        #expect(large.droppedCount == 0)
    }

    @Test func nobodyIsToldOfWhatHeDoesNotWant() {
        let bus = EventBus()
        let subscription = bus.subscribe(to: [.dtmf]) {}
        bus.publish(.custom) {
            Issue.record("made for nobody")
            return Event(.custom)
        }
        bus.update(subscription, to: [.custom])
        bus.publish(.custom) { Event(.custom) }
        bus.publish(.dtmf) { Event(.dtmf) }
        #expect(subscription.takeAll().map(\.name) == [.custom])
        bus.unsubscribe(subscription)
        #expect(!bus.wants(.custom))
    }
}
