import Base
import NetworkConditions
import Testing

struct ConditionRowsTests {
    private static let now = MonotonicInstant.zero + .seconds(1_000_000)

    private func row(
        _ network: String = "192.0.2.0/24",
        trip: Double = 20,
        weight: Double = 10,
        age: Int64 = 0
    ) throws -> NetworkCondition {
        NetworkCondition(
            network: try #require(IPPrefix(network)),
            dataCenter: "dc1",
            roundTrip: Estimate(mean: trip, variance: 4, weight: weight),
            loss: Estimate(mean: 0.01, variance: 0.001, weight: weight),
            jitter: Estimate(mean: 3, variance: 1, weight: weight),
            clients: 2,
            newest: Self.now + .seconds(-age)
        )
    }

    /// Two switches of a data center have both been right: what they know counts together.
    @Test func addsUpWhatSwitchesKnow() throws {
        var rows = ConditionRows()
        rows.put(try row(trip: 20), node: "one")
        rows.put(try row(trip: 40, weight: 30), node: "two")
        let merged = try #require(rows.takeChanges(at: Self.now).first)
        #expect((merged.roundTrip.mean, merged.roundTrip.weight, merged.clients) == (35, 40, 4))
        // A switch's new row takes the place of its old one, and not of the other's.
        rows.put(try row(trip: 60), node: "one")
        #expect(rows.takeChanges(at: Self.now).map(\.roundTrip.mean) == [45])
    }

    /// The same once more is no news, and something older neither.
    @Test func knowsWhatIsNew() throws {
        var rows = ConditionRows()
        rows.put(try row(), node: "one")
        #expect(rows.takeChanges(at: Self.now).count == 1)
        rows.put(try row(), node: "one")
        rows.put(try row(trip: 99, age: 60), node: "one")
        #expect(rows.takeChanges(at: Self.now).isEmpty)
    }

    /// Switches whose names change with each start make room for those that there are.
    @Test func namesThatChange() throws {
        var rows = ConditionRows()
        for start in 0..<40 {
            rows.put(try row(trip: 20, weight: 1, age: Int64(4000 - 100 * start)), node: "name-\(start)")
        }
        rows.put(try row(trip: 500, weight: 1e6), node: "new")
        // The newest decides by its weight alone, and the others are as many as there is room for.
        let merged = try #require(rows.takeChanges(at: Self.now).first)
        #expect(merged.roundTrip.mean > 499)
        #expect(merged.clients == 2 * 16)
        // What is older than all of them does not come in.
        rows.put(try row(trip: 1, weight: 1e9, age: 80_000), node: "old")
        #expect(rows.takeChanges(at: Self.now).isEmpty)
    }

    /// Evidence becomes less with time: half of it in five minutes.
    @Test func ages() throws {
        var rows = ConditionRows()
        rows.put(try row(weight: 8, age: 600), node: "one")
        let aged = try #require(rows.takeChanges(at: Self.now).first)
        #expect(abs(aged.roundTrip.weight - 2) < 0.01)
        #expect(aged.roundTrip.mean == 20)
        rows.expire(after: .seconds(599), at: Self.now)
        #expect(rows.count == 0)
    }

    /// What is written is read as it was, but for the digits that nobody measured.
    @Test func isTheSameAsText() throws {
        let written = [try row(age: 7), try row("2001:db8::/56", trip: 0.125)]
        let text = ConditionText.write(written, at: Self.now)
        let read = ConditionText.read(text, dataCenter: "dc1", at: Self.now)
        #expect(read.map(\.network) == written.map(\.network))
        #expect(read.map(\.newest) == written.map(\.newest))
        for (one, other) in zip(read, written) {
            #expect(abs(one.loss.mean - other.loss.mean) < 1e-6)
            #expect((one.roundTrip, one.jitter, one.clients) == (other.roundTrip, other.jitter, other.clients))
        }
    }

    /// Lines that cannot be are left aside, and no row weighs more than a million observations.
    @Test(arguments: [
        ("", 0.0), ("192.0.2.0/24 1 1 1 0 0 1 1 1 1 1", 0), ("192.0.2.0/24 1 1 1 0 0 1 1 1 1 1 5", 1),
        ("192.0.2.0/24 nan 1 1 0 0 1 1 1 1 1 5", 0), ("192.0.2.0/24 1e300 1 1 0 0 1 1 1 1 1 5", 0),
        ("192.0.2.0/24 1 1 1 2 0 1 1 1 1 1 5", 0), ("192.0.2.0/24 1 1 -1 0 0 1 1 1 1 1 5", 0),
        ("192.0.2.0/33 1 1 1 0 0 1 1 1 1 1 5", 0), ("192.0.2.0/24 1 1 1e300 0 0 1 1 1 1 1 5", 1e6),
        ("192.0.2.0/24 1 1 inf 0 0 1 1 1 1 1 5", 0), ("192.0.2.0/24 1 1 1 0 0 1 1 1 1 1 -5", 0),
        ("192.0.2.0/24 1 1 1 0 0 1 1 1 1 99999999999999999999 5", 0),
        ("192.0.2.0/24 1 1 1 0 0 1 1 1 1 1 9223372036854775807", 1),
    ])
    func readsOnlyWhatCanBe(line: String, weight: Double) {
        let rows = ConditionText.read(line, dataCenter: "dc1", at: Self.now)
        #expect(rows.map(\.roundTrip.weight) == (weight > 0 ? [weight] : []))
    }
}
