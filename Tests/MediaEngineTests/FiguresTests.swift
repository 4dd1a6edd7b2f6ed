import Base
import MediaEngine
import Testing

/// What the engine tells of all streams together.
@Suite(.timeLimit(.minutes(1))) struct FiguresTests {
    private static func sum(_ engine: MediaEngine) async -> (traffic: MediaTraffic, quality: MediaQuality) {
        var (traffic, quality) = (MediaTraffic(), MediaQuality())
        for loop in await engine.figures() {
            traffic.add(loop.traffic)
            quality.add(loop.quality)
        }
        return (traffic, quality)
    }

    /// What all streams together have received, once that is what these have and nothing comes in between.
    private static func settled(_ engine: MediaEngine, _ streams: [MediaStream]) async -> MediaTraffic {
        while true {
            let before = await received(streams)
            let traffic = await sum(engine).traffic
            if await received(streams) == before, traffic.packetsReceived == before { return traffic }
            await Task.yield()
        }
    }

    private static func received(_ streams: [MediaStream]) async -> UInt64 {
        var sum: UInt64 = 0
        for stream in streams { sum += await stream.statistics().packetsReceived }
        return sum
    }

    /// Sends packets until one has come: a datagram may be lost.
    private static func deliver(from phone: PacketPhone, to stream: MediaStream) async {
        let before = await stream.statistics().packetsReceived
        while await stream.statistics().packetsReceived == before {
            phone.sendAudio([UInt8](repeating: 0x80, count: 160), type: 0, ticks: 160, to: stream.localEndpoint)
        }
    }

    /// Two streams on two loops are bridged, so that one moves: what it had moved before is counted once.
    @Test func packetsAreCountedOnceWhereverTheirStreamLives() async throws {
        let engine = try makeEngine(loops: 2)
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4)
        await left.connect(to: first)
        await right.connect(to: second)
        await Self.deliver(from: first, to: left)
        await Self.deliver(from: second, to: right)
        let before = await Self.settled(engine, [left, right])
        #expect(before.packetsReceived >= 2)

        left.bridge(to: right)
        while await right.statistics().packetsSent == 0 { await Self.deliver(from: first, to: left) }
        let during = await Self.settled(engine, [left, right])
        #expect(during.packetsReceived > before.packetsReceived)
        #expect(during.octetsReceived == during.packetsReceived * 160)
        let quality = await Self.sum(engine).quality
        #expect(quality.streams == 2)
        #expect(quality.meanShare ?? 0 > 0)
        #expect(engine.portCounts.used == 2)

        left.close()
        right.close()
        while engine.portCounts.used > 0 { await Task.yield() }
        let after = await Self.sum(engine)
        // Nothing is forgotten; what was still in a socket may have been counted since.
        #expect(after.traffic.packetsReceived >= during.packetsReceived)
        #expect(after.quality.streams == 0)
        #expect(after.quality.meanJitter == nil)
        await engine.shutdown()
    }
}
