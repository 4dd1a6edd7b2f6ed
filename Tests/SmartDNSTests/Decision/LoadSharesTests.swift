import Base
import Foundation
import TandemTesting
import Testing

@testable import SmartDNS

/// How much of the networks that would like a data center it gets.
struct LoadSharesTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    private static func after(seconds: Int) -> MonotonicInstant { start + .seconds(seconds) }

    /// What the share is after some minutes with a load that stays, told every five seconds.
    private static func share(from share: Double = 1, load: Double?, minutes: Int) -> Double {
        var shares = LoadShares(count: 1)
        shares.restart(0, at: start)
        // Without a load it grows by a fifth in a minute.
        let grown = Int(((share - 0.2) * 300).rounded())
        shares.setLoad(0, nil, at: start)
        shares.tick(at: after(seconds: grown))
        for second in stride(from: 0, through: minutes * 60, by: 5) {
            shares.setLoad(0, load, at: after(seconds: grown + second))
        }
        return shares.share(0)
    }

    @Test func goesWhereTheLoadLets() {
        #expect(abs(Self.share(from: 0.6, load: nil, minutes: 0) - 0.6) < 1e-9)
        // Between both limits nothing moves.
        #expect(abs(Self.share(from: 0.6, load: 0.85, minutes: 30) - 0.6) < 1e-9)
        #expect(Self.share(load: 0.95, minutes: 5) < 0.95)
        #expect(Self.share(load: 1, minutes: 5) < Self.share(load: 0.95, minutes: 5))
        #expect(Self.share(load: 1, minutes: 120) < 0.1)
        #expect(Self.share(from: 0.2, load: 0.5, minutes: 120) == 1)
        #expect(Self.share(from: 0.2, load: nil, minutes: 5) == 1)
        // What nobody can mean says nothing.
        #expect(Self.share(from: 0.2, load: .nan, minutes: 5) == 1)
        #expect(Self.share(load: .infinity, minutes: 5) == 1)
    }

    /// No more than a fifth moves in a minute.
    @Test func isSlow() {
        var shares = LoadShares(count: 1)
        var last = 1.0
        for second in 0..<3600 {
            shares.setLoad(0, second / 600 % 2 == 0 ? 1.0 : 0.0, at: Self.after(seconds: second))
            #expect(abs(shares.share(0) - last) <= 0.2 / 60 + 1e-9)
            last = shares.share(0)
        }
    }

    /// Calls go where answers send them, and load follows.
    struct Loop {
        /// How many calls would come, as a part of what there is room for.
        var demand: Double
        /// How long calls last, in seconds, by chance.
        var duration: Double
        /// How many calls there is room for.
        var capacity: Int
    }

    /// The share does not swing, whatever calls last and however many want to come.
    @Test(arguments: [
        Loop(demand: 1.2, duration: 180, capacity: 100), Loop(demand: 3, duration: 60, capacity: 100),
        Loop(demand: 3, duration: 180, capacity: 100), Loop(demand: 3, duration: 600, capacity: 100),
        Loop(demand: 3, duration: 180, capacity: 1000), Loop(demand: 3, duration: 600, capacity: 1000),
        Loop(demand: 1.5, duration: 1800, capacity: 1000),
    ])
    func doesNotSwing(loop: Loop) {
        var shares = LoadShares(count: 1)
        var generator = SeededGenerator(seed: 1)
        let networks = (0..<200).map { _ in Double.random(in: 0..<1, using: &generator) }
        func exponential(_ mean: Double) -> Double { -mean * log(Double.random(in: 1e-12..<1, using: &generator)) }
        var (ends, next, travel, highest, sum) = ([Double](), 0.0, 0.0, 0.0, 0.0)
        let (hour, between) = (3600, loop.duration / (loop.demand * Double(loop.capacity)))
        for second in 0..<(2 * hour) {
            ends.removeAll { $0 <= Double(second) }
            while next < Double(second) {
                next += exponential(between)
                let part = networks[Int.random(in: networks.indices, using: &generator)]
                if shares.accepts(0, part: part), ends.count < loop.capacity {
                    ends.append(next + exponential(loop.duration))
                }
            }
            let before = shares.share(0)
            if second % 5 == 0 {
                shares.setLoad(0, Double(ends.count) / Double(loop.capacity), at: Self.after(seconds: second))
            }
            shares.tick(at: Self.after(seconds: second))
            guard second >= hour else { continue }
            travel += abs(shares.share(0) - before)
            highest = max(highest, shares.share(0))
            sum += Double(ends.count) / Double(loop.capacity)
        }
        // With a step of a fifth up or down at the limits it was six to eight in an hour.
        #expect(travel < (loop.capacity < 1000 ? 3 : 0.5), "the share went up and down by \(travel) in an hour")
        #expect(highest < 1, "all networks were sent there at some time")
        #expect((0.7...0.97).contains(sum / Double(hour)), "a load of \(sum / Double(hour)) on the average")
    }
}
