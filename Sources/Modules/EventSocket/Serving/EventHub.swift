import NIOCore
import SwitchCore

/// Somebody who gets events.
protocol EventReceiver: AnyObject {
    /// Takes the bytes of some events, or loses them when there is no room.
    func deliver(_ bytes: ByteBuffer, count: Int)
}

/// Brings the switch's events to the clients.
///
/// There is one subscription for all of them. An event is encoded once in each form that somebody wants, and clients
/// with equal interests get the same bytes: what an event costs hardly depends on how many watch.
// @unchecked: confined to the server's event loop.
final class EventHub: @unchecked Sendable {
    /// How many events may wait for the hub itself, when the machine is too slow for it.
    private static let queueLimit = 100_000
    /// For how many milliseconds at most events are collected after a delivery.
    private static let longestCollecting = 20
    /// How many bytes are written to a client at once.
    private static let batchBytes = 256 << 10

    /// Clients that want the same.
    private final class Group {
        let matcher: InterestMatcher
        let format: EventFormat
        var clients: [ObjectIdentifier: any EventReceiver] = [:]
        var batch = ByteBuffer()
        var batchCount = 0

        init(_ interest: Interest) {
            (matcher, format) = (InterestMatcher(interest), interest.format)
        }
    }

    private let softswitch: Switch
    private let eventLoop: any EventLoop
    private var subscription: EventSubscription?
    private var groups = InterestTable<Group>()
    private var interests: [ObjectIdentifier: Interest] = [:]
    private var isDelivering = false
    private var lastDelivery = NIODeadline.uptimeNanoseconds(0)
    private var lastWrites = 0
    /// Memory for the next batch: one that grows from nothing is copied again and again.
    private var spare = ByteBuffer()

    init(_ softswitch: Switch, eventLoop: any EventLoop) {
        (self.softswitch, self.eventLoop) = (softswitch, eventLoop)
    }

    /// How many events were lost before they got to the hub.
    var droppedCount: UInt64 { subscription?.droppedCount ?? 0 }

    /// Says what a client wants from now on; `nil` when it is gone.
    func setInterest(_ interest: Interest?, of client: any EventReceiver) {
        // What happened before is for the interest from before.
        deliver()
        let id = ObjectIdentifier(client)
        if let old = interests.removeValue(forKey: id), let group = groups[old] {
            group.clients[id] = nil
            if group.clients.isEmpty { groups[old] = nil }
        }
        if let interest, !interest.isEmpty {
            interests[id] = interest
            let group = groups[interest] ?? Group(interest)
            group.clients[id] = client
            groups[interest] = group
        }
        updateSubscription()
    }

    private func updateSubscription() {
        let names = groups.busNames
        if let subscription {
            softswitch.events.update(subscription, to: names)
        } else if !names.isEmpty {
            subscription = softswitch.events.subscribe(to: names, queueLimit: Self.queueLimit) { [weak self] in
                guard let self else { return }
                eventLoop.execute { self.deliverSoon() }
            }
        }
    }

    /// Collects what happens soon after a delivery, a millisecond for each write that it took: with many clients a busy
    /// switch makes a few large writes to each instead of thousands of small ones, which would cost more than all the
    /// rest.
    ///
    /// It is called when the queue has stopped being empty, so there is one at a time.
    private func deliverSoon() {
        let due = lastDelivery + .milliseconds(Int64(min(lastWrites, Self.longestCollecting)))
        if due <= .now() {
            deliver()
        } else {
            eventLoop.scheduleTask(deadline: due) { self.deliver() }
        }
    }

    /// Writes everything that is queued to those who want it.
    ///
    /// A write can end a client or let it go on, which then changes its interest in the middle of a delivery; what is
    /// queued by then keeps its turn.
    func deliver() {
        guard !isDelivering, let events = subscription?.takeAll(), !events.isEmpty else { return }
        isDelivering = true
        (lastDelivery, lastWrites) = (.now(), 0)
        var touched: [Group] = []
        for event in events {
            var frames: [EventFormat: [UInt8]] = [:]
            groups.visit(concernedBy: event) { group in
                guard group.matcher.wants(event) else { return }
                let frame =
                    frames[group.format]
                    ?? Frame.event("text/event-\(group.format.rawValue)", group.format.encode(event))
                frames[group.format] = frame
                if group.batchCount == 0 {
                    touched.append(group)
                    (group.batch, spare) = (spare, ByteBuffer())
                }
                group.batch.writeBytes(frame)
                group.batchCount += 1
                if group.batch.readableBytes >= Self.batchBytes { flush(group) }
            }
        }
        for group in touched { flush(group) }
        isDelivering = false
    }

    /// Writes an event that was sent to a channel to those who have its events diverted to them.
    func send(_ event: Event, to channel: String) {
        // What happened before is told before.
        deliver()
        groups.visit(concernedBy: event) { group in
            guard group.matcher.wants(event, sentTo: channel) else { return }
            let frame = Frame.event("text/event-\(group.format.rawValue)", group.format.encode(event))
            for client in group.clients.values { client.deliver(ByteBuffer(bytes: frame), count: 1) }
        }
    }

    private func flush(_ group: Group) {
        guard group.batchCount > 0 else { return }
        let count = group.batchCount
        var batch = group.batch
        (group.batch, group.batchCount) = (ByteBuffer(), 0)
        lastWrites += group.clients.count
        for client in group.clients.values { client.deliver(batch, count: count) }
        // Whatever a client has not sent yet keeps its memory.
        batch.clear()
        if batch.capacity > spare.capacity { spare = batch }
    }

    func stop() {
        deliver()
        if let subscription { softswitch.events.unsubscribe(subscription) }
        (subscription, groups, interests) = (nil, InterestTable(), [:])
    }
}
