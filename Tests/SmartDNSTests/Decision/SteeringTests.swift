import Base
import NetworkConditions
import Synchronization
import Testing

@testable import SmartDNS

struct SteeringTests {
    private static let start = MonotonicInstant(nanoseconds: 5_000_000_000_000)

    private func row(
        _ network: String,
        _ center: String,
        _ roundTrip: Double,
        loss: Double = 0.001,
        weight: Double = 100,
        at now: MonotonicInstant = start
    ) throws -> NetworkCondition {
        NetworkCondition(
            network: try #require(IPPrefix(network)),
            dataCenter: center,
            roundTrip: Estimate(mean: roundTrip, variance: 9, weight: weight),
            loss: Estimate(mean: loss, variance: 4e-6, weight: weight),
            jitter: Estimate(mean: 2, variance: 1, weight: weight),
            clients: 3,
            newest: now
        )
    }

    private func decide(
        _ steering: inout Steering,
        _ network: String,
        chance: UInt64 = 99,
        at now: MonotonicInstant = start
    ) throws -> SteeringDecision {
        let network = try #require(IPPrefix(network))
        return steering.decide(network, at: now, chance: chance)
    }

    private func steering(_ rows: [NetworkCondition] = []) -> Steering {
        var steering = Steering(dataCenters: ["a", "b", "c"])
        steering.update(rows)
        return steering
    }

    // MARK: - The order of last resorts

    @Test func nothingIsKnown() throws {
        var steering = steering()
        #expect(try decide(&steering, "192.0.2.1").order == [0, 1, 2])
        #expect(try decide(&steering, "2001:db8::1/64").order == [0, 1, 2])
        #expect(try decide(&steering, "0.0.0.0/0").order == [0, 1, 2])
    }

    @Test func allDown() throws {
        var steering = steering([try row("192.0.2.0/24", "b", 10)])
        for center in 0..<3 { steering.liveness.setDraining(center, true) }
        let decision = try decide(&steering, "192.0.2.1")
        #expect(decision.order == [0, 1, 2])
        #expect(decision.isLastResort)
        steering.liveness.setDraining(2, false)
        #expect(try decide(&steering, "192.0.2.1").order == [2])
    }

    // MARK: - Scopes

    /// The scope is never so wide that an answer would stand for a network that has its own (RFC 7871 §7.2.1).
    @Test(arguments: [
        ("192.0.2.9/32", 24), ("192.0.2.0/24", 24), ("192.0.3.9/32", 24), ("192.0.16.1/32", 20), ("192.1.0.1/32", 16),
        ("192.17.0.1/32", 12), ("8.8.8.8/32", 8), ("10.9.0.1/32", 28), ("10.9.0.17/32", 28), ("10.9.0.129/32", 28),
        ("10.9.1.1/32", 24), ("2001:db8:1:2::/64", 48), ("2001:db8:2::/48", 48), ("2001:db9::/48", 32),
        ("2a00::/48", 16),
    ]) func scopes(asker: String, scope: Int) throws {
        var steering = steering([
            try row("192.0.2.0/24", "b", 10), try row("10.9.0.16/28", "b", 10), try row("2001:db8:1::/48", "b", 10),
        ])
        #expect(try decide(&steering, asker).scope == scope)
    }

    @Test func wideScopesAreNotOfNarrowNetworks() throws {
        let rows = try (0..<64).map { try row("10.\($0 * 3).\($0 * 4).0/24", $0 % 2 == 0 ? "a" : "b", Double(10 + $0)) }
        var steering = steering(rows)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let bits = UInt32(10) << 24 | UInt32.random(in: 0..<(1 << 24), using: &generator)
            let asker = try #require(IPPrefix(IPAddress(v4: bits), length: 32))
            let decision = steering.decide(asker, at: Self.start, chance: 99)
            let scope = try #require(IPPrefix(asker.address, length: decision.scope))
            // Everybody in the scope gets the same answer.
            for _ in 0..<4 {
                let other =
                    bits & ~(UInt32.max >> UInt32(decision.scope))
                    | UInt32.random(in: .min ... .max, using: &generator) & (UInt32.max >> UInt32(decision.scope))
                let neighbour = try #require(IPPrefix(IPAddress(v4: other), length: 32))
                #expect(scope.contains(neighbour.address))
                #expect(steering.decide(neighbour, at: Self.start, chance: 99) == decision)
            }
        }
    }

    // MARK: - Choosing

    @Test func closerIsBelieved() throws {
        // The neighbourhood is close to a, one network in it to b; a handful of observations does not outvote.
        var rows = try (0..<8).flatMap {
            [try row("192.0.\($0 * 2).0/24", "a", 20), try row("192.0.\($0 * 2).0/24", "b", 90)]
        }
        rows += [try row("192.0.9.0/24", "a", 95), try row("192.0.9.0/24", "b", 30)]
        rows += [try row("192.0.11.0/24", "a", 30, weight: 1), try row("192.0.11.0/24", "b", 28, weight: 1)]
        var steering = steering(rows)
        #expect(try decide(&steering, "192.0.9.1").order[0] == 1)
        #expect(try decide(&steering, "192.0.4.1").order[0] == 0)
        #expect(try decide(&steering, "192.0.11.1").order[0] == 0)
        #expect(try decide(&steering, "192.0.13.1").order[0] == 0)
    }

    /// A better data center is taken after the dwell time, at once when the present one cannot be used.
    @Test(arguments: [(0.001, 30, 20.0, false), (0.001, 61, 20, true), (0.3, 1, 20, true), (0.001, 61, 70, false)])
    func dwelling(loss: Double, seconds: Int64, other: Double, isChanged: Bool) throws {
        var steering = steering([try row("192.0.2.0/24", "a", 80), try row("192.0.2.0/24", "b", 40)])
        #expect(try decide(&steering, "192.0.2.1").order[0] == 1)
        let now = Self.start + .seconds(seconds)
        steering.update([
            try row("192.0.2.0/24", "b", 75, loss: loss), try row("192.0.2.0/24", "a", other),
        ])
        #expect(try (decide(&steering, "192.0.2.1", at: now).order[0] == 0) == isChanged)
    }

    /// Of two that differ by less than the margin, or not certainly, the present one stays.
    @Test(arguments: [(50.0, 46.0, 100.0, 0), (50, 25, 100, 1), (50, 25, 0.2, 0), (50, 55, 100, 0)])
    func margins(present: Double, other: Double, weight: Double, chosen: Int) throws {
        var steering = steering([
            try row("192.0.2.0/24", "a", present), try row("192.0.2.0/24", "b", other, weight: weight),
            try row("192.0.2.0/24", "c", 200),
        ])
        #expect(try decide(&steering, "192.0.2.1").order[0] == chosen)
    }

    /// A data center that is down is left out, and has its networks again when it is back.
    @Test func faultAndReturn() throws {
        var steering = steering([
            try row("192.0.2.0/24", "a", 80), try row("192.0.2.0/24", "b", 20), try row("192.0.2.0/24", "c", 50),
        ])
        #expect(try decide(&steering, "192.0.2.1").order == [1, 2, 0])
        steering.liveness.setDraining(1, true)
        #expect(try decide(&steering, "192.0.2.1").order == [2, 0])
        steering.liveness.setDraining(1, false)
        #expect(try decide(&steering, "192.0.2.1").order == [1, 2, 0])
    }

    // MARK: - Exploring

    @Test func exploring() throws {
        var steering = steering([try row("192.0.2.0/24", "a", 80)])
        let tried = try (0..<100).compactMap { try decide(&steering, "192.0.2.1", chance: $0).explored }
        #expect(tried.count == steering.policy.explorationShare)
        #expect(!tried.contains(0))
        // Known well enough, and worse: not tried.
        steering.update([try row("192.0.2.0/24", "b", 150), try row("192.0.2.0/24", "c", 150)])
        #expect(try (0..<100).allSatisfy { try decide(&steering, "192.0.2.1", chance: $0).explored == nil })
        steering.policy.explorationShare = 0
    }

    @Test func explorationIsBounded() throws {
        var steering = steering([try row("192.0.2.0/24", "a", 80)])
        steering.policy.explorationsPerMinute = 7
        let minute = try (0..<50).count { _ in try decide(&steering, "192.0.2.1", chance: 0).explored != nil }
        #expect(minute == 7)
        #expect(try decide(&steering, "192.0.2.1", chance: 0, at: Self.start + .seconds(60)).explored != nil)
    }

    /// Evidence for exploring becomes old within minutes, that for decisions within hours.
    @Test(arguments: [(0.0, false), (120, false), (3600, true), (43_200, true)])
    func oldEvidenceIsLookedAtAgain(seconds: Double, isTried: Bool) throws {
        var steering = steering([
            try row("192.0.2.0/24", "a", 80), try row("192.0.2.0/24", "b", 20), try row("192.0.2.0/24", "c", 300),
        ])
        let now = Self.start + .seconds(Int64(seconds))
        steering.update([try row("192.0.2.0/24", "b", 20, at: now)])
        let decision = try decide(&steering, "192.0.2.1", chance: 0, at: now)
        #expect(decision.order[0] == 1)
        #expect((decision.explored != nil) == isTried)
    }

    /// What was spent while somebody worked on a copy is spent.
    @Test func budgetsOutliveCopies() throws {
        var settings = try Example.configuration()
        settings.policy.explorationsPerMinute = 7
        settings.policy.explorationShare = 50
        let plan = SteeringDesk(settings).plan
        let asker = try #require(IPPrefix("192.0.2.1"))
        func tried() -> Int {
            plan.state.withLock { steering in
                (0..<20).count { _ in steering.decide(asker, at: Self.start, chance: 0).explored != nil }
            }
        }
        plan.rework { _ in
            #expect(tried() == 7)
            return true
        }
        #expect(tried() == 0)
    }

    /// Of a region of which nothing is known the few that are tried are few: the answer is not for all of it.
    @Test func exploredAnswersAreNarrow() throws {
        var steering = steering([try row("192.0.2.0/24", "a", 80)])
        let (tried, usual) = (
            try decide(&steering, "10.1.2.3", chance: 0), try decide(&steering, "10.1.2.3", chance: 99)
        )
        #expect(tried.explored != nil && tried.scope == 24)
        #expect(usual.explored == nil && usual.scope == 8)
        #expect(try decide(&steering, "10.0.0.0/8", chance: 0).scope == 8)
    }

    // MARK: - Loads

    /// A share of the networks moves, and always the same ones.
    @Test func shareOfNetworks() throws {
        var steering = steering(try (0..<200).map { try row("10.1.\($0).0/24", "a", 20) })
        steering.shares.restart(0, at: Self.start)
        let first = try (0..<200).map { try decide(&steering, "10.1.\($0).0/24").order[0] }
        let again = try (0..<200).map { try decide(&steering, "10.1.\($0).7/32").order[0] }
        #expect(first == again)
        #expect((20...65).contains(first.count { $0 == 0 }))
    }

    /// One row with a weight that nobody can have decides about its own network and no other.
    @Test(arguments: ["1e300", "1e9", "1.8e308"]) func absurdWeights(_ weight: String) throws {
        let rows = try (0..<50).flatMap { try [row("11.0.\($0).0/24", "a", 20), row("11.0.\($0).0/24", "b", 120)] }
        let absurd = ConditionFile.parse("9.9.9.0/24 a 20 0 5 \(weight)\n9.9.9.0/24 b 1e9 0 5 5", at: Self.start)
        var steering = steering(rows + absurd)
        for number in 0..<50 { #expect(try decide(&steering, "11.0.\(number).1").order.first == 0) }
        #expect(absurd.allSatisfy { $0.dataCenter == "a" && $0.roundTrip.weight <= NetworkCondition.maximumWeight })
    }

    // MARK: - Snapshots and explanations

    @Test func snapshot() throws {
        var steering = steering([
            try row("192.0.2.0/24", "a", 80), try row("192.0.2.0/24", "b", 20), try row("2001:db8::/48", "c", 20),
        ])
        let before = try decide(&steering, "192.0.2.1")
        for _ in 0..<5 { steering.liveness.observe(2, by: "x", .silent, at: Self.start) }
        let text = SteeringSnapshot.text(of: steering, at: Self.start)
        var restored = Steering(dataCenters: ["a", "b", "c"])
        let later = MonotonicInstant(nanoseconds: 60_000_000_000_000)
        let lines = SteeringSnapshot.restore(text, into: &restored, age: .seconds(5), at: later)
        #expect((lines ?? 0) >= 6)
        #expect(restored.networkCount == steering.networkCount)
        #expect(!restored.liveness.isUp(2))
        let after = try decide(&restored, "192.0.2.1", at: later)
        #expect(after.order == before.order.filter { $0 != 2 })
        // Of data centers that are no more, nothing is taken; nor of what is no snapshot, or was cut.
        var fewer = Steering(dataCenters: ["b"])
        SteeringSnapshot.restore(text, into: &fewer, age: .zero, at: later)
        #expect(try decide(&fewer, "192.0.2.1", at: later).order == [0])
        #expect(SteeringSnapshot.restore("something", into: &fewer, age: .zero, at: later) == nil)
        #expect(
            SteeringSnapshot.restore(String(text.prefix(text.count / 2)), into: &fewer, age: .zero, at: later) != nil
        )
        // An order to empty a data center outlives a restart; what was seen long ago does not.
        steering.liveness.setDraining(0, true)
        let drained = SteeringSnapshot.text(of: steering, at: Self.start)
        var late = Steering(dataCenters: ["a", "b", "c"])
        SteeringSnapshot.restore(drained, into: &late, age: .seconds(3600), at: later)
        #expect(late.liveness.isUp(2) && late.liveness.isDraining(0) && !late.liveness.isDraining(1))
        // With nobody who says anything, what was taken over is believed for a minute.
        restored.liveness.tick(at: later + .seconds(30))
        #expect(!restored.liveness.isUp(2))
        restored.liveness.tick(at: later + .seconds(300))
        #expect(restored.liveness.isUp(2))
        let nonsense =
            "tandem-dns-snapshot 1\nrow 192.0.2.0/24 b x\nrow x b 1\nwinner\ncenter b\nrow 1.2.3.4 b 1 nan 1 1 1 1 1 1 1 1"
        #expect(SteeringSnapshot.restore(nonsense, into: &fewer, age: .zero, at: later) == 0)
    }

    @Test func forgetting() throws {
        var steering = steering([try row("192.0.2.0/24", "b", 20)])
        let day = Self.start + .seconds(86_400)
        steering.update([try row("10.0.0.0/24", "b", 20, at: day)])
        steering.expire(at: day + .seconds(10))
        #expect(try decide(&steering, "192.0.2.1").scope == 8)
        #expect(try decide(&steering, "10.0.0.1").scope == 24)
    }

    @Test func explanation() throws {
        var steering = steering([try row("192.0.2.0/24", "a", 80), try row("192.0.2.0/24", "b", 20)])
        _ = try decide(&steering, "192.0.2.1")
        let copy = try decide(&steering, "192.0.2.1")
        let text = steering.explanation(of: try #require(IPPrefix("192.0.2.1")), at: Self.start)
        for part in [
            "network 192.0.2.0/24: evidence a 100.0, b 100.0, c 0.0", "decided by 192.0.2.0/24; good for /24",
            "rule: it has the data center of the network around it", "b: opinion 4.3", "answer: b, ",
        ] { #expect(text.contains(part), "\(text)") }
        #expect(try decide(&steering, "192.0.2.1") == copy)
    }
}
