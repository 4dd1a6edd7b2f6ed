import Base
import MediaEngine
import TandemTesting
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct SteadyStateTests {
    @Test func countersCount() throws {
        guard let counter = RuntimeCounter() else {
            Issue.record("no counter")
            return
        }
        counter.watchThisThread()
        var kept: [AnyObject] = []
        for _ in 0..<10 { kept.append(Probe()) }
        let counts = counter.finish()
        #expect(kept.count == 10)
        #expect(counts.objects >= 10)
        #expect(counts.allocations >= 10)
    }

    /// The counter sees references that come and go, so that their absence means something.
    @Test func countersCountReferences() throws {
        guard let counter = RuntimeCounter() else {
            Issue.record("no counter")
            return
        }
        let probe = Probe()
        let text = String(repeating: "a long text on the heap ", count: 10)
        counter.watchThisThread()
        var probes: [Probe] = []
        var texts: [String] = []
        for _ in 0..<10 {
            probes.append(probe)
            texts.append(text)
        }
        let added = counter.finish()
        #expect(probes.count == 10 && texts.count == 10)
        #expect(added.retains >= 20)
        let (other, another) = (Probe(), String(repeating: "another text on the heap ", count: 10))
        counter.watchThisThread()
        for index in probes.indices {
            probes[index] = other
            texts[index] = another
        }
        let replaced = counter.finish()
        #expect(probes[9] === other && texts[9] == another)
        #expect(replaced.releases >= 20)
    }

    /// Relaying 2000 packets costs the loop no allocation and no reference count.
    @Test(arguments: ["PCMU", "PCMA"])
    func relayingNeitherAllocatesNorCountsReferences(codec: String) async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(), PacketPhone())
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        left.bridge(to: right)
        await left.connect(to: first)
        await right.connect(to: second, MediaCodec(codec), type: codec == "PCMU" ? 0 : 8)
        let payload = [UInt8](repeating: 0xFF, count: 160)
        // Until the address is settled and everything is warm.
        for _ in 0..<50 {
            first.sendAudio(payload, to: left.localEndpoint)
            try #require(second.receive() != nil)
        }
        let thread = try #require(engine.threads.first)
        guard let counter = RuntimeCounter() else {
            Issue.record("no counter")
            return
        }
        counter.watch(thread)
        var received = 0
        for _ in 0..<2000 {
            first.sendAudio(payload, to: left.localEndpoint)
            if second.receive() != nil { received += 1 }
        }
        let counts = counter.finish()
        #expect(received == 2000)
        #expect(counts.objects == 0)
        #if !DEBUG
        #expect(counts.allocations == 0)
        // Housekeeping may fall into the time: a few, not one a packet. Unoptimised code counts far more.
        #expect(counts.retains < 100)
        #expect(counts.releases < 100)
        #endif
        await engine.shutdown()
    }
}

private final class Probe {}
