import Base
import NetworkConditions
import Testing

struct PathSummaryTests {
    private let network = IPPrefix("192.0.2.0/24")

    private func instant(_ seconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: Int64(seconds * 1e9))
    }

    private func row(_ summary: PathSummary) throws -> NetworkCondition {
        let network = try #require(network)
        return try #require(summary.condition(of: network, dataCenter: "a"))
    }

    @Test func merging() {
        let values = [3.0, 5, 7, 7, 9, 12]
        var parts = [Estimate.nothing, .nothing]
        for (index, value) in values.enumerated() {
            parts[index % 2].merge(Estimate(mean: value, variance: 0, weight: 2))
        }
        parts[0].merge(parts[1])
        let mean = values.reduce(0, +) / 6
        #expect(abs(parts[0].mean - mean) < 1e-9)
        #expect(abs(parts[0].variance - values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 6) < 1e-9)
        #expect(parts[0].weight == 12)
        parts[0].merge(.nothing)
        #expect(parts[0].weight == 12)
        #expect(Estimate.nothing.varianceOfMean == .infinity)
    }

    @Test func nothing() {
        #expect(network.flatMap { PathSummary().condition(of: $0, dataCenter: "a") } == nil)
    }

    /// After a half-life, evidence counts half.
    @Test(arguments: [(0.0, 11.0), (300, 6), (600, 3.5), (450, 4.5), (100_000, 1)])
    func age(seconds: Double, weight: Double) throws {
        var summary = PathSummary()
        for client in 0..<10 { summary.add(PathSample(roundTrip: 50), client: client, at: instant(0)) }
        summary.add(PathSample(roundTrip: 50), client: 3, at: instant(seconds))
        let row = try row(summary)
        #expect(abs(row.roundTrip.weight - weight) < 0.1)
        #expect(abs(row.roundTrip.mean - 50) < 1e-9)
        #expect(row.loss.weight == 0)
        #expect(row.clients == 10)
        #expect(row.newest == instant(seconds))
    }

    /// What cannot be is left aside.
    @Test(arguments: [
        PathSample(roundTrip: -1), PathSample(roundTrip: .nan), PathSample(roundTrip: .infinity), PathSample(loss: 1.1),
        PathSample(loss: -0.1), PathSample(jitter: 1e9), PathSample(roundTrip: 5, weight: -1),
        PathSample(roundTrip: 5, weight: .nan), PathSample(roundTrip: 5, weight: .infinity),
    ]) func nonsense(sample: PathSample) throws {
        var summary = PathSummary()
        summary.add(PathSample(roundTrip: 50, loss: 0.5, jitter: 5), client: 0, at: instant(0))
        summary.add(sample, client: 0, at: instant(0))
        let row = try row(summary)
        #expect(row.roundTrip == Estimate(mean: 50, variance: 0, weight: 1))
        #expect(row.loss.mean == 0.5)
        #expect(row.jitter.mean == 5)
    }

    /// A path that becomes another one is known as that soon, however long it was the first; noise is no change.
    @Test(arguments: [(60.0, 0.05, true), (60, 0.0, false), (160, 0.0, true), (64, 0.002, false)])
    func change(roundTrip: Double, loss: Double, isSeen: Bool) throws {
        var summary = PathSummary()
        var generator = SeededGenerator(seed: 1)
        var now = 0.0
        func noisy(_ value: Double, _ width: Double) -> Double {
            max(0, value + Double.random(in: -width...width, using: &generator))
        }
        for _ in 0..<2000 {
            now += 0.4
            summary.add(PathSample(roundTrip: noisy(60, 5), loss: noisy(0.001, 0.002)), client: 1, at: instant(now))
        }
        let before = try row(summary)
        #expect(before.roundTrip.weight > 500, "noise is not taken for changes")
        for _ in 0..<25 {
            now += 0.4
            summary.add(
                PathSample(roundTrip: noisy(roundTrip, 5), loss: noisy(loss, 0.002)),
                client: 1,
                at: instant(now)
            )
        }
        let after = try row(summary)
        let isOther = abs(after.roundTrip.mean - before.roundTrip.mean) > 50 || after.loss.mean > 0.025
        #expect(isOther == isSeen)
        #expect((min(after.roundTrip.weight, after.loss.weight) < 100) == isSeen)
    }
}
