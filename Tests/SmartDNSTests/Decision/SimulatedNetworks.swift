import Base
import NetworkConditions
import SmartDNS
import Testing

/// Networks with phones, paths of which everything is known, and switches that observe the calls.
struct SimulatedNetworks {
    struct Path {
        var roundTrip: Double
        var loss: Double
    }

    struct Phone {
        var center = 0
        var asksAt = 0
    }

    static let centers = ["a", "b", "c"]
    /// After how many seconds a phone asks again, on the average.
    static let askingInterval = 30

    var steering: Steering
    var generator: SeededGenerator
    /// What is true, for each network and data center.
    var truth: [[Path]] = []
    var phones: [[Phone]]
    var summaries: [[PathSummary]]
    var networks: [IPPrefix] = []
    var second = 0
    /// What share of the observations is of another path.
    var noise = 0.1

    init(networks count: Int, phones: Int, seed: UInt64) {
        steering = Steering(dataCenters: Self.centers)
        generator = SeededGenerator(seed: seed)
        self.phones = Array(repeating: Array(repeating: Phone(), count: phones), count: count)
        summaries = Array(repeating: Array(repeating: PathSummary(), count: Self.centers.count), count: count)
        for index in 0..<count {
            // Sixteen networks in each /16, scattered.
            let bits = 0x0B00_0000 + UInt32(index / 16) << 16 + UInt32(index % 16) * 13 << 8
            if let network = IPPrefix(IPAddress(v4: bits), length: 24) { networks.append(network) }
            // The best is better by 20 ms at least, which is beyond the margin.
            let best = Double.random(in: 10...80, using: &generator)
            var trips =
                [best]
                + (1..<Self.centers.count).map { _ in
                    best + Double.random(in: 20...120, using: &generator)
                }
            trips.shuffle(using: &generator)
            truth.append(trips.map { Path(roundTrip: $0, loss: 0.001) })
        }
    }

    var now: MonotonicInstant { MonotonicInstant(nanoseconds: Int64(1_000_000 + second) * 1_000_000_000) }

    /// How good each data center is, in truth, in milliseconds of round trip; a percent of loss counts as 300.
    private func truths(_ network: Int) -> [Double] {
        truth[network].map { -$0.roundTrip - $0.loss * 100 * 300 }
    }

    /// The best data center, in truth.
    func oracle(_ network: Int) -> Int {
        let truths = truths(network)
        return truths.indices.max { truths[$0] < truths[$1] } ?? 0
    }

    /// The data center that an answer names.
    func answer(_ network: Int) -> Int {
        var copy = steering
        copy.policy.explorationShare = 0
        return copy.decide(networks[network], at: now, chance: 0).order[0]
    }

    func isRight(_ network: Int) -> Bool {
        // Those that differ by less than the margin are as good.
        truths(network)[answer(network)] > truths(network)[oracle(network)] - 10
    }

    var shareOfRight: Double {
        Double(networks.indices.count { isRight($0) }) / Double(networks.count)
    }

    mutating func run(seconds: Int) {
        for _ in 0..<seconds {
            second += 1
            for network in networks.indices { step(network) }
            guard second % 2 == 0 else { continue }
            steering.update(rows)
        }
    }

    /// What the switches know.
    var rows: [NetworkCondition] {
        networks.indices.flatMap { network in
            Self.centers.indices.compactMap { center in
                summaries[network][center].condition(of: networks[network], dataCenter: Self.centers[center])
            }
        }
    }

    private mutating func step(_ network: Int) {
        for index in phones[network].indices {
            if second >= phones[network][index].asksAt {
                let decision = steering.decide(networks[network], at: now, chance: generator.next())
                phones[network][index].center = decision.explored ?? decision.order[0]
                let wait = Int.random(in: 1...(2 * Self.askingInterval), using: &generator)
                phones[network][index].asksAt = second + wait
            }
            // A report every five seconds.
            guard (second + index) % 5 == 0 else { continue }
            observe(network, phones[network][index].center, client: index)
        }
    }

    private mutating func observe(_ network: Int, _ center: Int, client: Int) {
        var path = truth[network][center]
        if Double.random(in: 0..<1, using: &generator) < noise {
            path =
                truth[Int.random(in: truth.indices, using: &generator)][
                    Int.random(in: Self.centers.indices, using: &generator)
                ]
        }
        // 250 packets of five seconds, of which some are lost.
        let lost = losses(path.loss)
        let sample = PathSample(
            roundTrip: path.roundTrip + Double.random(in: 0...6, using: &generator),
            loss: Double(lost) / 248,
            jitter: Double.random(in: 1...4, using: &generator)
        )
        summaries[network][center].add(sample, client: client, at: now)
    }

    /// How many of about 250 packets are lost; each random number is four of them.
    private mutating func losses(_ share: Double) -> Int {
        let limit = UInt16(min(share * 65_536, 65_535))
        var lost = 0
        for _ in 0..<62 {
            let bits = generator.next()
            for lane in [UInt64(0), 16, 32, 48] where UInt16(truncatingIfNeeded: bits >> lane) < limit { lost += 1 }
        }
        return lost
    }
}

struct SteeringSimulationTests {
    @Test(arguments: [UInt64(1), 2, 3]) func rightAfterFiveMinutes(seed: UInt64) {
        var world = SimulatedNetworks(networks: 100, phones: 30, seed: seed)
        // It begins as configured, which is right by chance only.
        #expect(world.shareOfRight < 0.6)
        world.run(seconds: 300)
        #expect(world.shareOfRight >= 0.99)
    }

    /// The path of the best data center begins to lose one packet of twenty, and is as fast as before.
    @Test(arguments: [UInt64(4), 5, 6]) func lossIsSeen(seed: UInt64) throws {
        var world = SimulatedNetworks(networks: 20, phones: 30, seed: seed)
        world.run(seconds: 400)
        let changing = (0..<5).filter { world.isRight($0) }
        try #require(changing.count >= 4)
        let before = changing.map { world.oracle($0) }
        for (network, center) in zip(changing, before) { world.truth[network][center].loss = 0.05 }
        for (network, center) in zip(changing, before) { #expect(world.oracle(network) != center) }
        var waited = 0
        // Within 15 seconds new answers are others; the networks beside keep theirs.
        while zip(changing, before).contains(where: { world.answer($0) == $1 }), waited < 60 {
            world.run(seconds: 1)
            waited += 1
        }
        #expect(waited <= 15)
        #expect((5..<20).filter { world.isRight($0) }.count >= 14)
    }

    /// Where nothing changes, nobody is sent to and fro; what was wrong by chance is found out.
    @Test func calm() {
        var world = SimulatedNetworks(networks: 50, phones: 12, seed: 7)
        world.run(seconds: 400)
        var (changes, mistakes) = (0, 0)
        var answers = world.networks.indices.map { world.answer($0) }
        for _ in 0..<60 {
            world.run(seconds: 10)
            let next = world.networks.indices.map { world.answer($0) }
            let changed = world.networks.indices.filter { answers[$0] != next[$0] }
            changes += changed.count
            mistakes += changed.count { !world.isRight($0) }
            answers = next
        }
        #expect(changes <= 3)
        #expect(mistakes == 0)
        #expect(world.networks.indices.count { world.isRight($0) } >= 49)
    }

    /// A path loses packets, and does not any more: all networks come back.
    ///
    /// Calls go where they are sent, so that nobody sees that it was mended but those few who try it.
    @Test(arguments: [UInt64(8), 9]) func mendedPathsAreFound(seed: UInt64) throws {
        var world = SimulatedNetworks(networks: 4, phones: 16, seed: seed)
        world.noise = 0
        world.run(seconds: 400)
        let networks = world.networks.indices.filter { world.isRight($0) }
        try #require(networks.count >= 3)
        let before = networks.map { world.oracle($0) }
        for (network, center) in zip(networks, before) { world.truth[network][center].loss = 0.05 }
        world.run(seconds: 120)
        #expect(zip(networks, before).allSatisfy { world.answer($0) != $1 })
        for (network, center) in zip(networks, before) { world.truth[network][center].loss = 0.001 }
        var minutes = 0
        while zip(networks, before).contains(where: { world.answer($0) != $1 }), minutes < 120 {
            world.run(seconds: 60)
            minutes += 1
        }
        #expect(minutes < 120)
    }

    /// What is decided is the same some time later, in a server that was there all the time, in one that starts with its
    /// snapshot, and in one that knows only what it reads in the table.
    @Test(arguments: [0, 1200, 3600, 8 * 3600]) func restartsChangeNothing(seconds: Int) throws {
        var world = SimulatedNetworks(networks: 40, phones: 20, seed: 10)
        world.run(seconds: 300)
        func reader() -> Steering {
            var (read, table) = (Steering(dataCenters: SimulatedNetworks.centers), ConditionRows())
            for row in world.rows { table.put(row, node: "one") }
            read.update(table.takeChanges())
            return read
        }
        var (running, early) = (world.steering, reader())
        let text = SteeringSnapshot.text(of: world.steering, at: world.now)
        let before = world.networks.map { running.decide($0, at: world.now, chance: 99) }
        let readBefore = world.networks.map { early.decide($0, at: world.now, chance: 99) }
        world.second += seconds
        var (restored, late) = (Steering(dataCenters: SimulatedNetworks.centers), reader())
        SteeringSnapshot.restore(text, into: &restored, age: .seconds(seconds), at: world.now)
        var again = restored
        again.update(world.rows)
        var same = 0
        for (index, network) in world.networks.enumerated() {
            for var steering in [running, restored, again] {
                #expect(steering.decide(network, at: world.now, chance: 99).order[0] == before[index].order[0])
            }
            let read = late.decide(network, at: world.now, chance: 99)
            #expect(read.scope == before[index].scope)
            same += read.order[0] == readBefore[index].order[0] ? 1 : 0
        }
        // After a night, of the least certain ones too little may be left for a first decision.
        #expect(same >= (seconds <= 3600 ? 40 : 36))
    }
}
