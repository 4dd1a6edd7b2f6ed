import NIOCore
import SwitchCore

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
        var clients: [ObjectIdentifier: ClientConnection] = [:]
        var batch = ByteBuffer()
        var batchCount = 0

        init(_ interest: Interest) {
            (matcher, format) = (InterestMatcher(interest), interest.format)
        }
    }

    private let softswitch: Switch
    private let eventLoop: any EventLoop
    private var subscription: EventSubscription?
    private var groups: [Interest: Group] = [:]
    private var lastDelivery = NIODeadline.uptimeNanoseconds(0)
    private var interests: [ObjectIdentifier: Interest] = [:]

    init(_ softswitch: Switch, eventLoop: any EventLoop) {
        (self.softswitch, self.eventLoop) = (softswitch, eventLoop)
    }

    /// How many events were lost before they got to the hub.
    var droppedCount: UInt64 { subscription?.droppedCount ?? 0 }

    /// Says what a client wants from now on; `nil` when it is gone.
    func setInterest(_ interest: Interest?, of client: ClientConnection) {
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
        var names = EventNameSet()
        for interest in groups.keys { names.formUnion(interest.busNames) }
        if let subscription {
            softswitch.events.update(subscription, to: names)
        } else if !names.isEmpty {
            subscription = softswitch.events.subscribe(to: names, queueLimit: Self.queueLimit) { [weak self] in
                guard let self else { return }
                eventLoop.execute { self.deliverSoon() }
            }
        }
    }

    /// Collects what happens soon after a delivery, a millisecond for each client: with many of them a busy switch makes
    /// a few large writes to each instead of thousands of small ones, which would cost more than all the rest.
    ///
    /// It is called when the queue has stopped being empty, so there is one at a time.
    private func deliverSoon() {
        let due = lastDelivery + .milliseconds(Int64(min(interests.count, Self.longestCollecting)))
        if due <= .now() {
            deliver()
        } else {
            eventLoop.scheduleTask(deadline: due) { self.deliver() }
        }
    }

    /// Writes everything that is queued to those who want it.
    func deliver() {
        guard let events = subscription?.takeAll(), !events.isEmpty else { return }
        lastDelivery = .now()
        for event in events {
            var encoded: [EventFormat: [UInt8]] = [:]
            for group in groups.values where group.matcher.wants(event) {
                let frame =
                    encoded[group.format]
                    ?? Frame.event("text/event-\(group.format.rawValue)", group.format.encode(event))
                encoded[group.format] = frame
                group.batch.writeBytes(frame)
                group.batchCount += 1
                if group.batch.readableBytes >= Self.batchBytes { flush(group) }
            }
        }
        for group in groups.values { flush(group) }
    }

    private func flush(_ group: Group) {
        guard group.batchCount > 0 else { return }
        for client in group.clients.values { client.deliver(group.batch, count: group.batchCount) }
        (group.batch, group.batchCount) = (ByteBuffer(), 0)
    }

    func stop() {
        deliver()
        if let subscription { softswitch.events.unsubscribe(subscription) }
        (subscription, groups, interests) = (nil, [:], [:])
    }
}
