import Base
import NIOCore
import NIOPosix
import SIP
import SIPTransport
import Testing

/// Real sockets on this machine, IPv4 and IPv6.
@Suite(.timeLimit(.minutes(1))) struct LoopbackTests {
    private static let addresses: [IPAddress] = [.loopbackV4, .loopbackV6]

    private static func message(_ body: String) -> String {
        "MESSAGE sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=\(Inbox.branch)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test(arguments: addresses, [SIPTransportKind.udp, .tcp])
    func messagesGoThereAndBack(address: IPAddress, kind: SIPTransportKind) async throws {
        let (left, right) = (try await Station(address), try await Station(address))
        let target = right.endpoint
        let flow = try #require(try await left.perform { $0.flow(to: target, over: kind) })
        #expect(flow.transport == kind && flow.local == left.endpoint && flow.remote == right.endpoint)
        // A stranger to the ports of both is heard by neither.
        let stranger = try await Station(address)
        for port in [left.endpoint, target] {
            let flow = try #require(try await stranger.perform { $0.flow(to: port, over: kind) })
            try await stranger.send("OPTIONS sip:stranger SIP/2.0\r\nContent-Length: 0\r\n\r\n", over: flow)
        }
        for body in ["one", "two"] { try await left.send(Self.message(body), over: flow) }
        var heard = (text: "", flow: flow)
        for body in ["one", "two"] {
            heard = try #require(await right.inbox.message())
            #expect(heard.text == Self.message(body))
            #expect(heard.flow.transport == kind && heard.flow.remote.address == address)
            #expect(kind == .tcp || heard.flow.remote == left.endpoint)
            try await right.send(Self.message("re: \(body)"), over: heard.flow)
            let answer = try #require(await left.inbox.message())
            #expect(answer.text == Self.message("re: \(body)") && answer.flow == flow)
        }
        // A peer that is connected already is not connected to again.
        #expect(try await left.perform { $0.flow(to: target, over: kind) } == flow)
        await left.listener.close()
        if kind == .tcp { #expect(await right.inbox.closedFlow(heard.flow) == heard.flow) }
        await right.listener.close()
        await stranger.listener.close()
    }

    @Test func nobodyListens() async throws {
        let station = try await Station(.loopbackV6)
        let silent = try await Station(.loopbackV6)
        let target = silent.endpoint
        await silent.listener.close()
        let flow = try #require(try await station.perform { $0.flow(to: target, over: .tcp) })
        try await station.send(Self.message("lost"), over: flow)
        #expect(await station.inbox.closedFlow() == flow)
        // What goes over a connection that is gone is reported as well.
        try await station.send(Self.message("lost"), over: flow)
        #expect(await station.inbox.closedFlow() == flow)
        await station.listener.close()
    }

    @Test(arguments: addresses)
    func streamsAreCutAndKeptAlive(address: IPAddress) async throws {
        let station = try await Station(address)
        let client = try await Client(to: station.endpoint)
        try await client.write("\r\n\r\n")
        var answers = client.received.makeAsyncIterator()
        #expect(await answers.next() == "\r\n")
        let text = Self.message("abc")
        try await client.write(String(text.prefix(20)))
        try await client.write(String(text.dropFirst(20)) + "\r\n\r\n" + text)
        for _ in 0..<2 { #expect(await station.inbox.message()?.text == text) }
        #expect(await answers.next() == "\r\n")
        // A stream that cannot be followed is closed (RFC 3261 §18.3).
        try await client.write("MESSAGE sip:h SIP/2.0\r\nContent-Length: x\r\n\r\n")
        try await client.channel.closeFuture.get()
        #expect(await station.inbox.closedFlow() != nil)
        await station.listener.close()
    }

    /// Who connects and says nothing, or begins a message and does not go on, is disconnected.
    @Test(arguments: ["", "MESSAGE sip:h SIP/2.0\r\n", "\r\n"])
    func idlersAreDisconnected(beginning: String) async throws {
        var limits = StreamLimits()
        limits.messageTime = .milliseconds(400)
        let station = try await Station(.loopbackV4, limits: limits)
        let client = try await Client(to: station.endpoint)
        // On a busy machine the time may be over before the test comes to write.
        try? await client.write(beginning)
        try await client.channel.closeFuture.get()
        #expect(await station.inbox.closedFlow() != nil)
        await station.listener.close()
    }

    @Test func oneAddressDoesNotTakeAllConnections() async throws {
        var limits = StreamLimits()
        limits.connectionsPerAddress = 1
        let station = try await Station(.loopbackV4, limits: limits)
        let first = try await Client(to: station.endpoint)
        try await first.write(Self.message("first"))
        #expect(await station.inbox.message()?.text == Self.message("first"))
        let second = try await Client(to: station.endpoint)
        try await second.channel.closeFuture.get()
        // When the first has gone there is room again.
        try await first.channel.close().get()
        #expect(await station.inbox.closedFlow() != nil)
        let third = try await Client(to: station.endpoint)
        try await third.write(Self.message("third"))
        #expect(await station.inbox.message()?.text == Self.message("third"))
        await station.listener.close()
    }

    @Test func whoDoesNotReadIsDisconnected() async throws {
        var limits = StreamLimits()
        limits.unsentBytes = 1 << 16
        let station = try await Station(.loopbackV4, limits: limits)
        let client = try await Client(to: station.endpoint, reads: false)
        try await client.write(Self.message("hello"))
        let flow = try #require(await station.inbox.message()?.flow)
        let long = Array(Self.message(String(repeating: "x", count: 60_000)).utf8)
        // More than the system buffers for both ends.
        try await station.perform { listener in
            for _ in 0..<1_000 { listener.send(long, over: flow) }
        }
        #expect(await station.inbox.closedFlow() == flow)
        try await client.channel.close().get()
        await station.listener.close()
    }

    /// All addresses of a name, so that a profile finds one of its own family.
    @Test(arguments: [("localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1")])
    func namesAreResolved(name: String, address: String) async throws {
        let transport = NIOSIPTransport(resolverThreads: .singleton)
        #expect(await transport.resolve(name).contains(try #require(IPAddress(address))))
        #expect(await transport.resolve("no such host") == [])
    }
}
