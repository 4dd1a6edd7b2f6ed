import Base
import MediaEngine
import RTP
import Testing

/// Packets that are handed on as they are.
@Suite(.timeLimit(.minutes(1))) struct VerbatimRelayTests {
    /// Whatever it is gets through both ways, to the byte; what a stranger sends does not.
    @Test func handsOnWhateverComes() async throws {
        let engine = try makeEngine(loops: 2)
        let (first, second, stranger) = (PacketPhone(ssrc: 7), PacketPhone(ssrc: 9), PacketPhone(ssrc: 11))
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4)
        left.relay(RelayParameters(remote: first.endpoint))
        right.relay(RelayParameters(remote: second.endpoint))
        left.bridge(to: right)
        // Whichever of them has to move to the other's loop has done so.
        for stream in [right, left] { _ = await stream.statistics() }
        let header = RTPHeader(marker: true, payloadType: 99, sequenceNumber: 5, timestamp: 77, ssrc: 0xABCD)
        for count in [0, 3, 160, 1400] {
            let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            first.send(PacketPhone.packet(header, payload), to: left.localEndpoint)
            let packet = try #require(second.receive())
            #expect(packet.header == header)
            #expect(packet.payload == payload)
            #expect(packet.source == right.localEndpoint?.port)
        }
        second.send(PacketPhone.packet(header, [1]), to: right.localEndpoint)
        #expect(first.receive()?.payload == [1])
        // The address is settled: three in a row came from it.
        stranger.send(PacketPhone.packet(header, [2]), to: left.localEndpoint)
        first.send(PacketPhone.packet(header, [3]), to: left.localEndpoint)
        #expect(second.receive()?.payload == [3])
        let statistics = await left.statistics()
        #expect(statistics.packetsReceived == 5)
        #expect(statistics.packetsSent == 1)
        await engine.shutdown()
    }

    /// Where the far end is heard is learned, at the port of RTCP too.
    @Test func learnsAddresses() async throws {
        let engine = try makeEngine()
        let (first, second, control) = (PacketPhone(ssrc: 7), PacketPhone(ssrc: 9), PacketPhone(ssrc: 11))
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4)
        left.relay(RelayParameters(remote: first.endpoint))
        right.relay(RelayParameters(remote: IPEndpoint(.loopbackV4, port: 9)))
        left.bridge(to: right)
        // Whichever of them has to move to the other's loop has done so.
        for stream in [right, left] { _ = await stream.statistics() }
        let header = RTPHeader(payloadType: 0, sequenceNumber: 5, timestamp: 77, ssrc: 1)
        second.send(PacketPhone.packet(header, [1]), to: right.localEndpoint)
        #expect(first.receive()?.payload == [1])
        first.send(PacketPhone.packet(header, [2]), to: left.localEndpoint)
        #expect(second.receive()?.payload == [2])

        left.relay(RelayParameters(remote: first.endpoint, remoteRTCP: first.endpoint))
        _ = await left.statistics()
        let port = try #require(right.localEndpoint).port + 1
        control.send(PacketPhone.packet(header, [3]), to: IPEndpoint(.loopbackV4, port: port))
        #expect(first.receive()?.payload == [3])
        await engine.shutdown()
    }

    /// A silence that is too long is told of, and a stream that is told a format again looks into its packets.
    @Test func endsAndBeginsAnew() async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        let events = stream.events()
        stream.relay(RelayParameters(remote: phone.endpoint, timeout: .milliseconds(10)))
        let isOver: Bool? = await first(events) { if case .timedOut = $0 { true } else { nil } }
        #expect(isOver == true)
        await stream.connect(to: phone)
        stream.setEcho(.immediate)
        _ = await stream.statistics()
        phone.sendAudio([9, 9], to: stream.localEndpoint)
        #expect(phone.receive()?.payload == [9, 9])
        await engine.shutdown()
    }
}
