import Base
import NetworkConditions

/// What measuring peers' networks costs: each stream of each call is looked at every few seconds.
enum MeasuringBench {
    /// How many calls there are, of two streams each.
    private static let calls = 1000
    /// How often each stream is looked at, in seconds.
    private static let interval = 5

    static func text(_ stopwatch: Stopwatch) -> String {
        var watch = StreamWatch()
        var collector = ConditionCollector()
        let streams = 2 * calls
        // As many networks as there are streams, which is the dearest.
        let addresses = (0..<streams).map { IPAddress(v4: 0x0B00_0000 &+ UInt32(truncatingIfNeeded: $0) << 8) }
        var round = 0
        let timing = stopwatch.measure {
            round += 1
            let now = MonotonicInstant.zero + .seconds(interval * round)
            for (index, address) in addresses.enumerated() {
                guard let sample = watch.sample(reading(index, round), at: now) else { continue }
                collector.add(sample, from: address, at: now)
            }
            watch.endRound()
            _ = collector.takeChanges("dc1", limit: streams)
        }
        let one = timing.divided(by: streams)
        let share = timing.nanoseconds / 1e9 / Double(interval) * 100
        var table = BenchTable(
            "measuring networks: \(share.text(places: 2)) % of a core with \(BenchTable.grouped(calls)) calls, without writing",
            unit: "look"
        )
        table.add("a stream that has a report, and its row", one)
        return table.text
    }

    private static func reading(_ index: Int, _ round: Int) -> StreamReading {
        var reading = StreamReading(
            id: UInt64(index),
            received: UInt64(250 * round),
            lost: Int64(round),
            jitter: 3,
            reports: UInt64(round)
        )
        (reading.roundTrip, reading.remoteLoss, reading.remoteJitter) = (30, 0.01, 2)
        return reading
    }
}
