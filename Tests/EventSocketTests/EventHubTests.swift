import Base
import NIOCore
import NIOPosix
import SwitchCore
import Testing

@testable import EventSocket

/// Bringing events to those who want them.
struct EventHubTests {
    /// Keeps the numbers of the events that it got.
    private final class Receiver: EventReceiver {
        var numbers: [String] = []
        var whenDelivered: (() -> Void)?

        func deliver(_ bytes: ByteBuffer, count: Int) {
            let lines = String(buffer: bytes).split(separator: "\n")
            let found = lines.compactMap { $0.hasPrefix("Number: ") ? String($0.dropFirst(8)) : nil }
            #expect(found.count == count)
            numbers += found
            whenDelivered?()
        }
    }

    private static func publish(_ number: Int, on softswitch: Switch, _ headers: [(String, String)] = []) {
        softswitch.events.publish(.custom) {
            var event = Event(.custom)
            event.add("Number", String(number))
            for (name, value) in headers { event.add(name, value) }
            return event
        }
    }

    /// Runs a test where the hub's work belongs.
    private static func onLoop(_ body: @escaping @Sendable (EventHub, Switch) throws -> Void) async throws {
        let softswitch = try TestSwitch().softswitch
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        try await loop.submit {
            let hub = EventHub(softswitch, eventLoop: loop)
            try body(hub, softswitch)
            hub.stop()
        }.get()
    }

    private static func interest(of channel: String? = nil) -> Interest {
        var interest = Interest()
        _ = interest.add(["CUSTOM"])
        interest.channel = channel
        return interest
    }

    @Test func clientsOfOneChannelGetThatOnesOnly() async throws {
        try await Self.onLoop { hub, softswitch in
            let (all, first, second) = (Receiver(), Receiver(), Receiver())
            hub.setInterest(Self.interest(), of: all)
            hub.setInterest(Self.interest(of: "u1"), of: first)
            hub.setInterest(Self.interest(of: "u2"), of: second)
            Self.publish(1, on: softswitch, [("Unique-ID", "u1")])
            Self.publish(2, on: softswitch, [("unique-id", "u2")])
            Self.publish(3, on: softswitch, [("Unique-ID", "u3"), ("Job-Owner-UUID", "u1")])
            Self.publish(4, on: softswitch, [("Job-Owner-UUID", "u2"), ("Unique-ID", "u2")])
            Self.publish(5, on: softswitch)
            hub.deliver()
            #expect(all.numbers == ["1", "2", "3", "4", "5"])
            #expect(first.numbers == ["1", "3"])
            #expect(second.numbers == ["2", "4"])
            hub.setInterest(nil, of: all)
            hub.setInterest(nil, of: first)
            Self.publish(6, on: softswitch, [("Unique-ID", "u1")])
            Self.publish(7, on: softswitch, [("Unique-ID", "u2")])
            hub.deliver()
            #expect(first.numbers == ["1", "3"])
            #expect(second.numbers == ["2", "4", "7"])
        }
    }

    /// What is sent to a channel is for those who have its events diverted to them, whatever they have asked for.
    @Test func eventsForAChannelGoToItsProgramsOnly() async throws {
        try await Self.onLoop { hub, softswitch in
            let (all, follower, own, other) = (Receiver(), Receiver(), Receiver(), Receiver())
            hub.setInterest(Self.interest(), of: all)
            hub.setInterest(Self.interest(of: "u1"), of: follower)
            for (receiver, channel) in [(own, "u1"), (other, "u2")] {
                var interest = Interest()
                interest.divertedChannel = channel
                hub.setInterest(interest, of: receiver)
            }
            var event = Event(.general)
            event.add("Number", "2")
            event.add("Unique-ID", "u1")
            Self.publish(1, on: softswitch)
            hub.send(event, to: "u1")
            // Events of before are told before.
            #expect(all.numbers == ["1"])
            #expect(follower.numbers == [])
            #expect(own.numbers == ["2"])
            #expect(other.numbers == [])
        }
    }

    /// A write can be the end of a client, or let it go on with other wishes, in the middle of a delivery.
    @Test func changesDuringADeliveryWaitForItsEnd() async throws {
        try await Self.onLoop { hub, softswitch in
            let receivers = (0..<3).map { _ in Receiver() }
            for receiver in receivers { hub.setInterest(Self.interest(), of: receiver) }
            for receiver in receivers {
                receiver.whenDelivered = { [unowned receiver] in
                    receiver.whenDelivered = nil
                    Self.publish(2, on: softswitch)
                    hub.setInterest(Self.interest(), of: receiver)
                }
            }
            Self.publish(1, on: softswitch)
            hub.deliver()
            for receiver in receivers { #expect(receiver.numbers == ["1"]) }
            hub.deliver()
            for receiver in receivers { #expect(receiver.numbers == ["1", "2", "2", "2"]) }
        }
    }
}
