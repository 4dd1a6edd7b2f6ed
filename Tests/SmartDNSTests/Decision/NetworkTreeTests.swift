import Base
import NetworkConditions
import Testing

@testable import SmartDNS

struct NetworkTreeTests {
    private static func cell(_ trip: Double, weight: Double, newest: UInt32) -> PathCell {
        PathCell(
            roundTrip: Estimate(mean: trip, variance: 4, weight: weight),
            loss: Estimate(mean: 0.01, variance: 1e-4, weight: weight),
            jitter: Estimate(mean: 3, variance: 1, weight: weight),
            newest: newest
        )
    }

    /// Rows that come little by little come to the same as all of them at once, whatever they are inside of.
    @Test(arguments: [UInt64(1), 2, 3]) func littleByLittle(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var tree = NetworkTree(width: 3)
        for round in 0..<600 {
            let length = [12, 16, 20, 24, 28].randomElement(using: &generator) ?? 24
            let bits = UInt32(10) << 24 | UInt32.random(in: 0..<(1 << 24), using: &generator) & 0x0013_3330
            let network = try #require(IPPrefix(IPAddress(v4: bits), length: length))
            let trip = Double.random(in: 10...200, using: &generator)
            tree.set(
                network,
                Int.random(in: 0..<3, using: &generator),
                Self.cell(trip, weight: Double(1 + round % 50), newest: UInt32(1_000_000 + 60 * round))
            )
            if round % 3 == 0 { while !tree.sumUp(limit: 2) {} }
        }
        tree.rollUp()
        let whole = tree.rebuilt(width: 3, places: [0, 1, 2])
        #expect(tree.nodes.count == whole.nodes.count)
        func isNear(_ one: PathCell, _ other: PathCell) -> Bool {
            let (left, right) = (one.estimate, other.estimate)
            return one.newest == other.newest && abs(left.roundTrip.mean - right.roundTrip.mean) < 0.5
                && abs(left.weight - right.weight) <= 0.03 * max(left.weight, right.weight)
        }
        for index in 0..<tree.nodes.count {
            let other = try #require(whole.index(of: tree.nodes[index].key))
            #expect((0..<3).allSatisfy { isNear(tree.cells[index, $0], whole.cells[other, $0]) })
        }
        #expect((0..<3).allSatisfy { isNear(tree.whole[$0], whole.whole[$0]) })
    }

    /// One row changes the networks around it, and no others are touched: they need not even be copied.
    @Test func littleIsTouched() throws {
        var tree = NetworkTree(width: 8)
        for number in 0..<40_000 {
            let network = try #require(IPPrefix(IPAddress(v4: 0x0B00_0000 + UInt32(number) << 8), length: 24))
            tree.set(network, number % 8, Self.cell(20, weight: 10, newest: 7))
        }
        tree.rollUp()
        let copy = tree
        tree.set(try #require(IPPrefix("11.100.7.0/24")), 3, Self.cell(90, weight: 1000, newest: 8))
        tree.rollUp()
        // The network and the four around it.
        #expect((1...5).contains(PiecedTableTests.differing(tree.cells, copy.cells)))
        let around = try #require(tree.index(of: NetworkKey(IPAddress(v4: 0x0B64_0000), level: 2)))
        #expect(tree.cells[around, 3].estimate.roundTrip.mean > 70)
        #expect(copy.cells[around, 3].estimate.roundTrip.mean == 20)
    }

    /// What is older counts less beside what is newer, and all of it becomes older together.
    @Test func ages() throws {
        let halfLife = NetworkCondition.halfLife
        var sum = PathSum()
        sum.add(Self.cell(10, weight: 64, newest: 1000))
        sum.add(Self.cell(40, weight: 32, newest: 1000 + UInt32(halfLife.seconds)))
        #expect(sum.cell.estimate.weight == 64)
        #expect(sum.cell.estimate.roundTrip.mean == 25)
        let day = sum.cell.newest + UInt32(4 * halfLife.seconds)
        #expect(sum.cell.weight(at: day, halfLife) == 4)
        // What is of a time to come is not worth more.
        #expect(sum.cell.weight(at: 5, halfLife) == 64)
        var other = PathSum()
        other.add(Self.cell(40, weight: 32, newest: 1000 + UInt32(halfLife.seconds)))
        other.add(Self.cell(10, weight: 64, newest: 1000))
        #expect(other.cell == sum.cell)
    }

    /// Losses in a row, as observations of 250 packets tell them: mean length of a row, share of lost packets.
    @Test(arguments: [(1.0, 0.05, 1.0), (3, 0.05, 3), (3, 0.01, 3), (20, 0.05, 4), (3, 0.0005, 1)])
    func bursts(length: Double, loss: Double, ratio: Double) {
        var generator = SeededGenerator(seed: 4)
        // Out of a row with a chance of 1 in its length, into one as often as makes the share.
        let (end, begin) = (length == 1 ? 1 - loss : 1 / length, length == 1 ? loss : loss / (1 - loss) / length)
        var (isLost, sum) = (false, Estimate.nothing)
        for _ in 0..<400 {
            var lost = 0.0
            for _ in 0..<250 {
                let chance = Double.random(in: 0..<1, using: &generator)
                isLost = isLost ? chance >= end : chance < begin
                lost += isLost ? 1 : 0
            }
            sum.merge(Estimate(mean: lost / 250, variance: 0, weight: 1))
        }
        var estimate = PathEstimate()
        estimate.loss = sum
        #expect(abs(estimate.burstRatio - ratio) < 0.5)
        estimate.loss.weight = 1
        #expect(estimate.burstRatio == 1)
    }

    /// Of the same loss, rows of packets are worse.
    @Test func burstsAreWorse() {
        let belief = PathBelief(
            roundTrip: Belief(mean: 40, variance: 1),
            loss: Belief(mean: 0.05, variance: 1e-6),
            jitter: Belief(mean: 2, variance: 1)
        )
        #expect(PathScore(belief).rating - PathScore(belief, burstRatio: 3).rating > 1)
        #expect(PathScore(belief, burstRatio: 1) == PathScore(belief))
    }
}
