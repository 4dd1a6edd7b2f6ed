import Base
import CMedia

/// Measures what relaying a packet costs on this machine, beside a plain relay in C as the floor.
///
/// Both relays move the same load between the same kind of loopback sockets in turn; only the CPU time of the thread
/// that relays counts, not that of the threads that make the load.
public enum MediaBenchmark {
    /// What is to be measured.
    public struct Load: Sendable {
        /// Bridged calls: each is two streams of 50 packets a second.
        public var calls = 100
        /// How long each of the measurements takes, in seconds.
        public var seconds = 1
        /// How often each relay is measured; the median counts.
        public var rounds = 5
        /// The codecs of the two sides; the same one is forwarded, others are transcoded.
        public var codecs = (MediaCodec("PCMU"), MediaCodec("PCMU"))

        /// A hundred calls without transcoding.
        public init() {}
    }

    /// What one relay did.
    public struct Figures: Sendable, Hashable {
        /// Packets that arrived behind the relay.
        public var packets: Int
        /// Packets that were sent to it.
        public var offered: Int
        /// The CPU time of the relaying thread for each packet that arrived.
        public var microsecondsPerPacket: Double
    }

    /// The two relays side by side.
    public struct Report: Sendable, Hashable {
        /// This engine.
        public var engine: Figures
        /// `epoll`, `recvfrom` and `sendto` in C.
        public var plain: Figures
        /// The engine's cost in relation to the plain relay's.
        public var ratio: Double { engine.microsecondsPerPacket / max(plain.microsecondsPerPacket, 0.001) }
        /// How many bridged calls of 50 packets a second each way one core carries at this cost.
        public var callsPerCore: Int { Int(1_000_000 / max(engine.microsecondsPerPacket * 100, 0.001)) }
    }

    /// The most calls of a run.
    public static let maximumCalls = 4000

    /// Runs both relays in turn; takes `2 × rounds × seconds` seconds.
    public static func run(_ load: Load = Load()) async throws(MediaError) -> Report {
        guard (1...maximumCalls).contains(load.calls), load.seconds > 0, load.rounds > 0 else {
            throw .invalidConfiguration("calls must be 1 to \(maximumCalls), seconds and rounds more than 0")
        }
        cmedia_raise_descriptor_limit()
        var engine: [Figures] = []
        var plain: [Figures] = []
        for _ in 0..<load.rounds {
            plain.append(try await measurePlain(load))
            engine.append(try await measureEngine(load))
        }
        return Report(engine: median(engine), plain: median(plain))
    }

    private static func median(_ figures: [Figures]) -> Figures {
        let sorted = figures.sorted { $0.microsecondsPerPacket < $1.microsecondsPerPacket }
        return sorted[sorted.count / 2]
    }

    private static func measurePlain(_ load: Load) async throws(MediaError) -> Figures {
        let phones = try PhoneBank(count: load.calls * 2)
        let relay = try PlainRelay(phones: phones.endpoints)
        relay.start()
        let offered = await phones.run(to: relay.endpoints, seconds: load.seconds)
        let cpu = await relay.stop()
        return Figures(offered: offered, cpu: cpu)
    }

    private static func measureEngine(_ load: Load) async throws(MediaError) -> Figures {
        let phones = try PhoneBank(count: load.calls * 2)
        var configuration = MediaEngineConfiguration()
        configuration.loops = 1
        let engine = try MediaEngine(configuration: configuration)
        var streams: [MediaStream] = []
        var endpoints: [IPEndpoint] = []
        for call in 0..<load.calls {
            let first = try engine.openStream(on: .loopbackV4)
            let second = try engine.openStream(on: .loopbackV4, near: first)
            for (stream, codec, phone) in [(first, load.codecs.0, call * 2), (second, load.codecs.1, call * 2 + 1)] {
                let remote = phones.endpoints[phone]
                // The generator marks all packets as type 0: only the format that they are taken for differs.
                stream.update(MediaParameters(codec: codec, payloadType: 0, remote: remote))
                streams.append(stream)
                if let endpoint = stream.localEndpoint { endpoints.append(endpoint) }
            }
            first.bridge(to: second)
        }
        for stream in streams { _ = await stream.statistics() }
        // The first second settles the addresses; it is not counted.
        _ = await phones.run(to: endpoints, seconds: 1)
        let before = engine.loops[0].cpuNanoseconds
        let offered = await phones.run(to: endpoints, seconds: load.seconds)
        let cpu = engine.loops[0].cpuNanoseconds - before
        await engine.shutdown()
        return Figures(offered: offered, cpu: cpu)
    }
}

extension MediaBenchmark.Figures {
    init(offered: PhoneBank.Count, cpu: Int64) {
        self.init(
            packets: offered.received,
            offered: offered.sent,
            microsecondsPerPacket: Double(cpu) / 1000 / Double(max(offered.received, 1))
        )
    }
}
