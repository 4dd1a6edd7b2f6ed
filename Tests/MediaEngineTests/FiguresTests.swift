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

    /// Two streams on two loops are bridged, so that one moves: what it had moved before is counted once.
    @Test func packetsAreCountedOnceWhereverTheirStreamLives() async throws {
        let engine = try makeEngine(loops: 2)
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4)
        await left.connect(to: first)
        await right.connect(to: second)
        let payload = [UInt8](repeating: 0x80, count: 160)
        first.sendAudio(payload, type: 0, ticks: 160, to: left.localEndpoint)
        second.sendAudio(payload, type: 0, ticks: 160, to: right.localEndpoint)
        while await left.statistics().packetsReceived + right.statistics().packetsReceived < 2 { await Task.yield() }
        #expect(await Self.sum(engine).traffic.packetsReceived == 2)

        left.bridge(to: right)
        var sent: UInt64 = 1
        while await right.statistics().packetsSent == 0 {
            first.sendAudio(payload, type: 0, ticks: 160, to: left.localEndpoint)
            sent += 1
            while await left.statistics().packetsReceived < sent { await Task.yield() }
        }
        let received = sent + 1
        let during = await Self.sum(engine)
        #expect(during.traffic.packetsReceived == received)
        #expect(during.traffic.octetsReceived == received * 160)
        #expect(during.quality.streams == 2)
        #expect(during.quality.meanShare == 1)
        #expect(engine.portCounts.used == 2)

        left.close()
        right.close()
        while engine.portCounts.used > 0 { await Task.yield() }
        let after = await Self.sum(engine)
        #expect(after.traffic.packetsReceived == received)
        #expect(after.quality.streams == 0)
        #expect(after.quality.meanJitter == nil)
        await engine.shutdown()
    }
}
