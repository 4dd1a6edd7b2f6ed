import Base
import DNSMessage
import NetworkConditions
import TandemTesting
import Testing
import XMLConfig

@testable import SmartDNS

/// Another configuration comes into force while it answers: what is known stays, by the names of the data centers.
struct ReloadTests {
    private static let now = MonotonicInstant.now

    /// The data centers in another order, one of them new and one gone.
    private static let others = ["c", "d", "a"].enumerated().map { number, name in
        "<data-center name=\"\(name)\"><param name=\"address\" value=\"198.51.100.\(number + 1)\"/></data-center>"
    }.joined()

    private static func rows(_ trips: [(String, Int)]) -> [NetworkCondition] {
        let text = trips.map { "203.0.113.0/24 \($0.0) \($0.1) 0.1 2 100" }.joined(separator: "\n")
        return ConditionFile.parse(text, at: .now)
    }

    private func best(_ desk: SteeringDesk, _ network: String = "203.0.113.9") throws -> [String] {
        let plan = desk.plan
        let decision = plan.decide(IPPrefix(network), chance: 99, explores: false)
        return decision.order.map { plan.centers[$0].name }
    }

    @Test func whatIsKnownStays() throws {
        let desk = SteeringDesk(try Example.configuration())
        desk.update(Self.rows([("a", 60), ("b", 20), ("c", 90)]))
        for _ in 0..<3 { #expect(desk.command("observe c x silent") == "+OK\n") }
        #expect(try best(desk) == ["b", "a"])
        let plan = desk.plan
        desk.reload(try Example.configuration(centers: Self.others))
        // "c" is the first one now, and down; "b" is no more; of "d" nothing is known.
        #expect(try best(desk) == ["a", "d"])
        #expect(desk.command("status").contains("c: down"))
        // It has just come to "a", and stays for a minute.
        desk.update(Self.rows([("d", 10)]))
        #expect(try best(desk) == ["a", "d"])
        var later = desk.copy()
        later.rollUp()
        let network = try #require(IPPrefix("203.0.113.9"))
        let order = later.decide(network, at: .now + .seconds(61), chance: 99).order
        #expect(order.map { later.dataCenters[$0] } == ["d", "a"])
        // Whoever took the old one before goes on with it.
        #expect(plan.centers.map(\.name) == ["a", "b", "c"])
        #expect(plan.decide(IPPrefix("203.0.113.9"), chance: 99, explores: false).order == [1, 0])
        // And back again: "b" begins anew.
        desk.reload(try Example.configuration())
        #expect(try best(desk) == ["a", "b"])
    }

    /// A network stays with what it has, and the configured order of others is the new one.
    @Test func decisionsStay() throws {
        let desk = SteeringDesk(try Example.configuration())
        desk.update(Self.rows([("a", 60), ("c", 20)]))
        #expect(try best(desk).first == "c")
        // Hardly better than the one it has: it would not change.
        desk.update(Self.rows([("a", 15), ("c", 20)]))
        #expect(try best(desk).first == "c")
        desk.reload(try Example.configuration(centers: Self.others))
        #expect(try best(desk).first == "c")
        #expect(try best(desk, "192.0.2.1").first == "c")
    }

    /// An operator's order to empty a data center holds; what the configuration says anew of it is one, too.
    @Test func draining() throws {
        func centers(draining: Bool) -> String {
            let parameter = draining ? "<param name=\"draining\" value=\"true\"/>" : ""
            return "<data-center name=\"a\"><param name=\"address\" value=\"192.0.2.1\"/></data-center>"
                + "<data-center name=\"b\"><param name=\"address\" value=\"192.0.2.2\"/>\(parameter)</data-center>"
        }
        let desk = SteeringDesk(try Example.configuration(centers: centers(draining: false)))
        #expect(desk.command("drain a") == "+OK\n")
        desk.reload(try Example.configuration(centers: centers(draining: false)))
        #expect(desk.decide(nil, chance: 0).order == [1])
        desk.reload(try Example.configuration(centers: centers(draining: true)))
        #expect(desk.decide(nil, chance: 0).isLastResort)
        #expect(desk.command("undrain b") == "+OK\n")
        desk.reload(try Example.configuration(centers: centers(draining: true)))
        #expect(desk.decide(nil, chance: 0).order == [1])
        desk.reload(try Example.configuration(centers: centers(draining: false)))
        #expect(desk.decide(nil, chance: 0).order == [1])
    }

    /// What listens answers with the new zones, and with the new limits.
    @Test func answers() throws {
        var settings = try Example.configuration()
        settings.rates.perSecond = 1
        let desk = SteeringDesk(settings)
        let secret = try #require(DNSCookieSecret(Array(0..<16)))
        var answering = Answering(desk, Responder(settings, secrets: [secret], seed: 1))
        func ask(_ name: String, isConnected: Bool = true) throws -> DNSMessage? {
            var message = DNSMessage(id: 1)
            message.questions = [DNSQuestion(Example.name(name), .a)]
            let asker = Responder.Asker(
                address: .loopbackV4,
                isConnected: isConnected,
                now: Self.now,
                unixTime: 0,
                chance: 0
            )
            return try answering.answers(to: #require(message.serialized()), from: asker).first.map {
                try DNSMessage(parsing: $0)
            }
        }
        #expect(try ask("web.example.net")?.answers.count == 1)
        #expect(try ask("web.example.org")?.responseCode == .refused)
        let zone = """
            <zone name="example.org"><param name="name-server" value="ns.other."/>
            <record name="web" type="A" content="192.0.2.80"/></zone>
            """
        var next = try Example.configuration(centers: Self.others, zones: zone)
        next.rates.perSecond = 0
        desk.reload(next)
        #expect(try ask("web.example.net")?.responseCode == .refused)
        #expect(try ask("web.example.org")?.answers.count == 1)
        #expect(try (0..<9).allSatisfy { _ in try ask("web.example.org", isConnected: false) != nil })
    }

    /// Without a serial number in the configuration, it goes on whenever what is copied is another, and only then.
    @Test func serials() throws {
        func serial(_ desk: SteeringDesk, _ zone: Int = 0) -> UInt32 {
            let zones = desk.plan.zones
            return zones.authority(of: zones.zones[zone]).serial
        }
        let written = Example.zones.replacing(
            "name=\"name-server\" value=\"ns1\"/>",
            with: "name=\"name-server\" value=\"ns1\"/><param name=\"serial\" value=\"7\"/>"
        )
        let desk = SteeringDesk(try Example.configuration())
        let first = serial(desk)
        #expect(first > 1_600_000_000, "secondaries would take it for an old one")
        desk.reload(try Example.configuration())
        #expect(serial(desk) == first)
        desk.reload(try Example.configuration(centers: Self.others))
        let second = serial(desk)
        #expect(Int32(bitPattern: second &- first) > 0)
        #expect(desk.command("drain c") == "+OK\n")
        let third = serial(desk)
        #expect(Int32(bitPattern: third &- second) > 0)
        desk.tick()
        #expect(serial(desk) == third)
        desk.reload(try Example.configuration(zones: written))
        #expect(serial(desk) == 7)
    }

    /// Rows come in, answers go out, copies are written and configurations change, all at the same time: each answer is
    /// of one state, and in the end everything is known.
    @Test func allAtOnce() async throws {
        let desk = SteeringDesk(try Example.configuration())
        let configurations = [try Example.configuration(), try Example.configuration(centers: Self.others)]
        let count = 600
        @Sendable func rows(_ numbers: Range<Int>) -> [NetworkCondition] {
            let text = numbers.map { "11.\($0 / 250).\($0 % 250).0/24 a \(20 + $0 % 50) 0.1 2 100" }
            return ConditionFile.parse(text.joined(separator: "\n"), at: .now)
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for start in stride(from: 0, to: count, by: 20) { desk.update(rows(start..<(start + 20))) }
            }
            group.addTask { for _ in 0..<5 { #expect(desk.snapshot().contains("center a")) } }
            group.addTask { for round in 0..<6 { desk.reload(configurations[round % 2]) } }
            for reader in 0..<2 {
                group.addTask {
                    for number in 0..<2000 {
                        let plan = desk.plan
                        let address = IPAddress(v4: 0x0B00_0000 + UInt32((number + reader) % count) << 8)
                        let decision = plan.decide(IPPrefix(address, length: 32), chance: 99, explores: false)
                        #expect(decision.order.sorted() == [0, 1, 2])
                    }
                }
            }
        }
        let known = desk.copy()
        for number in [0, 299, count - 1] {
            let network = try #require(IPPrefix("11.\(number / 250).\(number % 250).0/24"))
            let level = try #require(NetworkKey.level(of: network))
            let node = try #require(known.tree.index(of: NetworkKey(network.address, level: level)))
            let center = try #require(known.dataCenters.firstIndex(of: "a"))
            #expect(known.tree.cells[node, center].estimate.roundTrip.mean == Double(20 + number % 50))
        }
    }
}

/// What is known, on the disk.
struct SnapshotFileTests {
    private let directory = TemporaryDirectory()

    @Test func writtenAndRead() throws {
        let desk = SteeringDesk(try Example.configuration())
        let text = (0..<3000).map { "11.\($0 / 250).\($0 % 250).0/24 \(["a", "b", "c"][$0 % 3]) 20 0.1 2 100" }
        desk.update(ConditionFile.parse(text.joined(separator: "\n"), at: .now))
        _ = desk.decide(IPPrefix("11.3.7.9"), chance: 99)
        let file = SnapshotFile(path: directory.path + "/snapshot")
        try file.write(desk.copy(), at: .now)
        var restored = SteeringDesk(try Example.configuration()).copy()
        let lines = try file.read(into: &restored, at: .now)
        #expect(lines ?? 0 >= 3003)
        #expect(restored.networkCount == desk.copy().networkCount)
        for network in ["11.3.7.9", "11.9.1.1"] {
            let before = desk.decide(IPPrefix(network), chance: 99)
            #expect(restored.decide(try #require(IPPrefix(network)), at: .now, chance: 99) == before)
        }
    }

    /// A file that is none is told from one that is not there, and from one that cannot be read.
    @Test func faults() throws {
        var steering = SteeringDesk(try Example.configuration()).copy()
        let nowhere = SnapshotFile(path: directory.path + "/nowhere/snapshot")
        #expect(throws: SystemFault(code: 2)) { try nowhere.read(into: &steering, at: .now) }
        #expect(throws: SystemFault(code: 2)) { try nowhere.write(steering, at: .now) }
        #expect(throws: SystemFault.self) { try SnapshotFile(path: directory.path).read(into: &steering, at: .now) }
        let path = directory.path + "/other"
        try LocalFiles.replace(path, with: Array("something else\n".utf8))
        #expect(try SnapshotFile(path: path).read(into: &steering, at: .now) == nil)
    }

    /// The clock of a machine that was just started begins at nothing: what was seen before is as old as it is.
    @Test func afterAReboot() throws {
        let start = MonotonicInstant(nanoseconds: 1_000_000_000_000_000)
        var steering = Steering(dataCenters: ["a", "b"])
        steering.update(ConditionFile.parse("192.0.2.0/24 b 20 0.1 2 100", at: start))
        let text = SteeringSnapshot.text(of: steering, at: start + .seconds(3600))
        var restored = Steering(dataCenters: ["a", "b"])
        SteeringSnapshot.restore(text, into: &restored, age: .seconds(60), at: .zero)
        let again = SteeringSnapshot.text(of: restored, at: MonotonicInstant.zero + .seconds(40))
        #expect(again.contains("row 192.0.2.0/24 b 3700 "))
    }
}
