import Base
import MediaEngine
import RTP
import TandemTesting
import Testing

/// Audio without RTP, to and from somebody's socket.
@Suite(.timeLimit(.minutes(1))) struct BareStreamTests {
    /// A phone and a socket that hear each other: by codes as they are, or by samples in the order of this machine's bytes.
    @Test(arguments: [MediaCodec("PCMU"), MediaCodec("L16")])
    func bridges(_ codec: MediaCodec) async throws {
        let engine = try makeEngine()
        let (phone, socket) = (PacketPhone(ssrc: 7), PacketPhone(ssrc: 9))
        let stream = try engine.openStream(on: .loopbackV4)
        let audio = BareAudio(local: IPEndpoint(.loopbackV4, port: 0), remote: socket.endpoint, codec: codec)
        let bare = try engine.openBareStream(audio)
        let local = try #require(bare.localEndpoint)
        await stream.connect(to: phone)
        stream.bridge(to: bare)
        for end in [bare, stream] { _ = await end.statistics() }
        let isLinear = codec.name == "L16"
        let code: UInt8 = 0x85
        let sample = UInt16(bitPattern: decode([code], MediaCodec("PCMU"))[0])
        let pair = [UInt8(truncatingIfNeeded: sample), UInt8(truncatingIfNeeded: sample >> 8)]
        let content = isLinear ? (0..<160).flatMap { _ in pair } : [UInt8](repeating: code, count: 160)
        phone.sendAudio([UInt8](repeating: code, count: 160), to: stream.localEndpoint)
        #expect(socket.receiveRaw() == content)

        let stranger = PacketPhone()
        stranger.send(content, to: local)
        for _ in 0..<2 {
            socket.send(content, to: local)
            #expect(phone.receive()?.payload == [UInt8](repeating: code, count: 160))
        }
        let statistics = await bare.statistics()
        #expect(statistics.strayPackets == 1)
        #expect(statistics.packetsReceived == 2)
        #expect(throws: MediaError.self) {
            try engine.openBareStream(BareAudio(local: local, remote: socket.endpoint, codec: codec))
        }
        await engine.shutdown()
    }
}
