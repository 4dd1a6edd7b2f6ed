import Base
import SmartDNS
import Testing

struct LivenessTests {
    /// Three data centers, each seen by the two others and by two name servers, every 300 ms.
    private struct Watch {
        var liveness = Liveness(count: 3)
        var milliseconds: Int64 = 0
        let observers = ["b", "c", "ns1", "ns2"]

        var now: MonotonicInstant { MonotonicInstant(nanoseconds: milliseconds * 1_000_000) }

        mutating func round(_ seen: [Liveness.Observation?]) {
            milliseconds += 300
            for (observer, observation) in zip(observers, seen) {
                if let observation { liveness.observe(0, by: observer, observation, at: now) }
            }
            liveness.tick(at: now)
        }

        mutating func run(seconds: Double, _ seen: [Liveness.Observation?]) {
            for _ in 0..<Int(seconds * 1000 / 300) { round(seen) }
        }

        /// How long it takes, in milliseconds; without bound when longer than the limit.
        mutating func wait(until isUp: Bool, seconds: Double, _ seen: [Liveness.Observation?]) -> Int64 {
            let start = milliseconds
            while liveness.isUp(0) != isUp {
                guard milliseconds - start < Int64(seconds * 1000) else { return .max }
                round(seen)
            }
            return milliseconds - start
        }
    }

    private static let allGood: [Liveness.Observation?] = [.ready, .ready, .ready, .ready]
    private static let allSilent: [Liveness.Observation?] = [.silent, .silent, .silent, .silent]

    @Test func downAndUp() {
        var watch = Watch()
        watch.run(seconds: 5, Self.allGood)
        let down = watch.wait(until: false, seconds: 5, Self.allSilent)
        #expect(down <= 1500)
        // It answers, and is not ready: not before.
        let early = watch.wait(until: true, seconds: 120, [.unready, .unready, .unready, .unready])
        #expect(early == .max)
        let up = watch.wait(until: true, seconds: 60, Self.allGood)
        #expect((10_000...30_000).contains(up))
        #expect(watch.liveness.changes(0) == 2)
    }

    /// What each of four observers says, and whether the data center is down by that.
    @Test(
        arguments: [
            ([.silent, .ready, .ready, .ready], nil, true), ([.silent, .silent, .ready, .ready], nil, true),
            ([.silent, .silent, .silent, .ready], nil, false), ([.silent, nil, nil, nil], nil, false),
            ([.silent, .ready, nil, nil], nil, true), ([.silent, .silent, nil, nil], nil, false),
            ([.silent, .silent, .ready, .ready], 2, false), ([.silent, .ready, .ready, .ready], 1, false),
            ([.ready, .ready, .ready, .unready], nil, true), ([.ready, .ready, .unready, .unready], nil, true),
            ([.ready, .unready, .unready, .unready], nil, false), ([.ready, .unready, .silent, .silent], nil, false),
            // Fewer are heard of than have to agree: they may be cut off themselves.
            ([.silent, nil, nil, nil], 2, true), ([.silent, .silent, nil, nil], 2, false),
        ] as [([Liveness.Observation?], Int?, Bool)]
    )
    func agreement(seen: [Liveness.Observation?], agreement: Int?, isUp: Bool) {
        var watch = Watch()
        watch.liveness.settings.agreement = agreement
        watch.run(seconds: 6, seen)
        #expect(watch.liveness.isUp(0) == isUp)
    }

    /// Five seconds up, five down, for ten minutes: it is taken out, and comes back after that.
    @Test func flapping() {
        var watch = Watch()
        for _ in 0..<60 {
            watch.run(seconds: 5, Self.allSilent)
            watch.run(seconds: 5, Self.allGood)
        }
        #expect((1...3).contains(watch.liveness.changes(0)))
        let back = watch.wait(until: true, seconds: 700, Self.allGood)
        #expect(back < .max)
    }

    /// Each failure makes the next return take longer, up to a limit; a quiet time makes up for it.
    @Test func damping() {
        var watch = Watch()
        var waits: [Int64] = []
        watch.run(seconds: 5, Self.allGood)
        for _ in 0..<4 {
            let down = watch.wait(until: false, seconds: 5, Self.allSilent)
            #expect(down <= 1500)
            waits.append(watch.wait(until: true, seconds: 700, Self.allGood))
        }
        #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 * 3 / 2 < $1 })
        watch.run(seconds: 7200, Self.allGood)
        let down = watch.wait(until: false, seconds: 5, Self.allSilent)
        #expect(down <= 1500)
        let forgiven = watch.wait(until: true, seconds: 60, Self.allGood)
        #expect(forgiven <= waits[0] + 1500)
    }

    /// Nobody says anything any more: what was known stays, and after a minute everybody is taken to be alive.
    @Test func blindness() {
        var watch = Watch()
        watch.run(seconds: 5, Self.allSilent)
        let nobody: [Liveness.Observation?] = [nil, nil, nil, nil]
        watch.run(seconds: 30, nobody)
        #expect(!watch.liveness.isUp(0))
        watch.run(seconds: 60, nobody)
        #expect(watch.liveness.isUp(0))
    }

    /// A time that nobody watched is no time in which a data center was good.
    @Test func unwatched() {
        var watch = Watch()
        watch.run(seconds: 5, Self.allSilent)
        watch.run(seconds: 3, Self.allGood)
        watch.run(seconds: 30, [nil, nil, nil, nil])
        let up = watch.wait(until: true, seconds: 60, Self.allGood)
        #expect((10_000...30_000).contains(up))
    }

    /// Half of the observers are cut off from the rest: with a number that has to agree the smaller part changes nothing.
    @Test func partition() {
        var watch = Watch()
        watch.liveness.settings.agreement = 3
        watch.run(seconds: 5, Self.allGood)
        watch.run(seconds: 60, [.silent, .silent, nil, nil])
        #expect(watch.liveness.isUp(0))
        // They are together again, and it really is away.
        let down = watch.wait(until: false, seconds: 5, [.silent, .silent, .silent, .ready])
        #expect(down <= 1500)
    }

    /// Observers whose names change with each start do not take the place of those that come later.
    @Test func namesThatChange() {
        var liveness = Liveness(count: 1)
        for start in 0..<(10 * Liveness.maximumObservers) {
            let now = MonotonicInstant.zero + .seconds(10 * start)
            liveness.observe(0, by: "dc2/probe-\(start)", .ready, at: now)
        }
        let end = MonotonicInstant.zero + .seconds(100 * Liveness.maximumObservers)
        for round in 0..<4 { liveness.observe(0, by: "new", .silent, at: end + .milliseconds(300 * round)) }
        #expect(!liveness.isUp(0))
    }

    /// Who is silent about the first data center, and whether it is up by that: sites have voices, not switches.
    @Test(
        arguments: [
            // The link of a site with many switches is broken.
            (["dc2/1", "dc2/2", "dc2/3", "dc2/4"], true), (["dc2/1", "dc2/2", "dc2/3", "dc2/4", "dc3/1"], true),
            (["dc2/1", "dc2/2", "dc2/3", "dc2/4", "dns/ns1"], true), (["dc3/1", "dns/ns1", "dns/ns2"], false),
            (["dc2/1", "dc2/2", "dc2/3", "dc2/4", "dns/ns1", "dns/ns2"], false),
            // Half of its switches are no more than a broken switch.
            (["dc2/1", "dc2/2", "dns/ns1", "dns/ns2"], true),
            (["dc2/1", "dc2/2", "dc2/3", "dns/ns1", "dns/ns2"], false),
        ]
    )
    func sites(silent: [String], isUp: Bool) {
        var liveness = Liveness(count: 1)
        let observers = ["dc2/1", "dc2/2", "dc2/3", "dc2/4", "dc3/1", "dns/ns1", "dns/ns2"]
        for round in 0..<20 {
            let now = MonotonicInstant.zero + .milliseconds(300 * round)
            for observer in observers {
                liveness.observe(0, by: observer, silent.contains(observer) ? .silent : .ready, at: now)
            }
        }
        #expect(liveness.isUp(0) == isUp)
    }

    /// Two data centers die together: what the switches of the second said last of the first holds nothing up.
    @Test func diesWithAnother() {
        var liveness = Liveness(count: 1)
        let dead = ["dc2/1", "dc2/2", "dc2/3", "dc2/4"]
        let others = ["dc3/1", "dns/ns1", "dns/ns2"]
        for observer in dead + others { liveness.observe(0, by: observer, .ready, at: .zero) }
        for round in 1...4 {
            let now = MonotonicInstant.zero + .milliseconds(300 * round)
            for observer in others { liveness.observe(0, by: observer, .silent, at: now) }
        }
        #expect(!liveness.isUp(0))
    }

    /// The others are not heard of any more: one that is left alone changes nothing, until it is clear that they are gone.
    @Test func leftAlone() {
        var watch = Watch()
        watch.run(seconds: 5, Self.allGood)
        let alone: [Liveness.Observation?] = [nil, nil, .silent, nil]
        watch.run(seconds: 60, alone)
        #expect(watch.liveness.isUp(0))
        watch.run(seconds: 90, alone)
        #expect(!watch.liveness.isUp(0))
        // Nor does it take it back alone, once others are there.
        watch.run(seconds: 3, Self.allSilent)
        watch.run(seconds: 60, [nil, .ready, nil, nil])
        #expect(!watch.liveness.isUp(0))
    }

    /// What is not ready when it is first asked for comes later, and has not failed.
    @Test(arguments: [Liveness.Observation.silent, .unready])
    func startsLater(_ state: Liveness.Observation) {
        var watch = Watch()
        let nobody = [state, state, state, state] as [Liveness.Observation?]
        watch.run(seconds: 5, nobody)
        #expect(!watch.liveness.isUp(0))
        let first = watch.wait(until: true, seconds: 60, Self.allGood)
        let down = watch.wait(until: false, seconds: 5, Self.allSilent)
        #expect(down <= 1500)
        let second = watch.wait(until: true, seconds: 60, Self.allGood)
        #expect(second <= first + 1500)
    }

    /// An observer that is heard of seldom tells how often it was not answered.
    @Test(arguments: [(1, true), (2, true), (3, false), (500, false)])
    func missesThatAreTold(misses: Int, isUp: Bool) {
        var liveness = Liveness(count: 1)
        liveness.observe(0, by: "ns1", .silent, misses: misses, at: .zero)
        #expect(liveness.isUp(0) == isUp)
    }

    @Test func draining() {
        var watch = Watch()
        watch.liveness.setDraining(0, true)
        #expect(watch.liveness.isUp(0) && !watch.liveness.isUsable(0))
        #expect(watch.liveness.changes(0) == 0)
        watch.liveness.setDraining(0, false)
        #expect(watch.liveness.isUsable(0))
        #expect(!watch.liveness.isUsable(7))
    }
}
