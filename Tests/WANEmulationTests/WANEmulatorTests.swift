import Base
import Testing
import WANEmulation

struct WANEmulatorTests {
    /// A packet of IPv4 or IPv6 for an address, with nothing in it.
    private static func packet(_ destination: String) throws -> [UInt8] {
        let address = try #require(IPAddress(destination))
        let isV4 = address.family == .v4
        var packet = [UInt8](repeating: 0, count: isV4 ? 20 : 40)
        packet[0] = isV4 ? 0x45 : 0x60
        packet.replaceSubrange((isV4 ? 16 : 24)..., with: address.bytes)
        return packet
    }

    private static func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    private func network(_ nodes: [(String, [String])]) throws -> WANEmulator {
        var emulator = WANEmulator(seed: 1)
        for (place, (name, prefixes)) in nodes.enumerated() {
            #expect(emulator.add(name, try prefixes.map { try #require(IPPrefix($0)) }) == place)
        }
        return emulator
    }

    private func three() throws -> WANEmulator {
        try network([
            ("a", ["192.0.2.1/32", "2001:db8:a::/48"]), ("b", ["198.51.100.0/24"]),
            ("c", ["198.51.100.128/25", "2001:db8::/32"]),
        ])
    }

    /// The nodes that a packet comes out at.
    private func receivers(_ emulator: inout WANEmulator, _ packet: [UInt8]) -> [Int] {
        emulator.enter(packet, from: 0, at: Self.at(1))
        return emulator.arrivals(at: Self.at(2)).map(\.node)
    }

    @Test(
        arguments: [
            ("192.0.2.1", [0]), ("198.51.100.5", [1]), ("198.51.100.200", [2]), ("203.0.113.1", []),
            ("2001:db8:a::1", [0]), ("2001:db8:b::1", [2]), ("2001:db9::1", []),
        ] as [(String, [Int])]
    )
    func routes(destination: String, expected: [Int]) throws {
        var emulator = try three()
        #expect(receivers(&emulator, try Self.packet(destination)) == expected)
        #expect(emulator.strays == (expected.isEmpty ? 1 : 0))
    }

    @Test(arguments: [[], [0x45], [0x60] + [UInt8](repeating: 0, count: 30), [UInt8](repeating: 0x15, count: 60)])
    func noPackets(bytes: [UInt8]) throws {
        var emulator = try three()
        #expect(receivers(&emulator, bytes).isEmpty)
        #expect(emulator.strays == 1)
    }

    @Test func limits() throws {
        var emulator = WANEmulator(seed: 1)
        for number in 0..<WANEmulator.maximumNodes { #expect(emulator.add("n\(number)", []) == number) }
        #expect(emulator.add("more", []) == nil)
        var other = WANEmulator(seed: 1)
        #expect(other.add("a", []) == 0)
        #expect(other.add("a", []) == nil)
        let prefix = try #require(IPPrefix("192.0.2.0/24"))
        #expect(other.add("b", Array(repeating: prefix, count: WANEmulator.maximumPrefixes + 1)) == nil)
    }

    // MARK: - Commands

    private func say(_ emulator: inout WANEmulator, _ line: String, at milliseconds: Int64 = 0) -> String {
        do {
            return emulator.carryOut(try WANCommand(line), at: Self.at(milliseconds))
        } catch {
            return "-ERR \(error)\n"
        }
    }

    /// When packets from each of three nodes to each other one arrive, by what was said before.
    @Test(
        arguments: [
            ("path a b delay=40", ["ab": 40]), ("link a b delay=40", ["ab": 40, "ba": 40]),
            ("path * c delay=7", ["ac": 7, "bc": 7]),
            ("link * * delay=9", ["ab": 9, "ac": 9, "ba": 9, "bc": 9, "ca": 9, "cb": 9]),
            ("path a b loss=100", ["ab": nil]),
        ] as [(String, [String: Int64?])]
    )
    func paths(line: String, delays: [String: Int64?]) throws {
        var emulator = try network([("a", ["10.0.0.0/32"]), ("b", ["10.0.0.1/32"]), ("c", ["10.0.0.2/32"])])
        #expect(say(&emulator, line) == "+OK\n")
        for (from, sender) in ["a", "b", "c"].enumerated() {
            for (to, receiver) in ["a", "b", "c"].enumerated() where from != to {
                emulator.enter(try Self.packet("10.0.0.\(to)"), from: from, at: Self.at(1000))
                let expected = delays[sender + receiver] ?? 0
                #expect(emulator.nextEvent == expected.map { Self.at(1000 + $0) })
                let count = emulator.arrivals(at: .distantFuture).count { $0.node == to }
                #expect(count == (expected == nil ? 0 : 1))
            }
        }
    }

    @Test func keysStay() throws {
        var emulator = try three()
        let sayings = [
            "path a b delay=40.5 jitter=5 loss=2.5 burst=3", "path a b rate=1000 queue=9000 reorder=1 hold=12",
            "path a b loss=1",
        ]
        for line in sayings { #expect(say(&emulator, line) == "+OK\n") }
        #expect(
            say(&emulator, "show a b") == """
                 a b delay=40.500 jitter=5.000 loss=1.000 burst=3.0 rate=1000 queue=9000 reorder=1.000 hold=12.000 \
                entered=0 lost=0 dropped=0 departed=0 bytes=0
                +OK strays=0

                """
        )
        #expect(say(&emulator, "show").split(separator: "\n").count == 7)
    }

    @Test(arguments: [
        "", "delay", "path a", "path a b", "path a x delay=1", "path a a delay=1", "path a b delay", "path a b delay=x",
        "path a b delay=-1", "path a b delay=nan", "path a b loss=101", "path a b speed=1", "show x", "show a b c",
        "node a tun0", "node a tun0 nothing", "node a a-name-of-16-byt 10.0.0.0/8", "node a tun0 10.0.0.0/8",
    ])
    func refused(line: String) throws {
        var emulator = try three()
        #expect(say(&emulator, line).hasPrefix("-ERR "))
    }

    @Test func nodeCommand() throws {
        let command = try WANCommand("node dc1 wan3 192.0.2.0/24 2001:db8::/32")
        let prefixes = [try #require(IPPrefix("192.0.2.0/24")), try #require(IPPrefix("2001:db8::/32"))]
        #expect(command == .node("dc1", device: "wan3", prefixes))
    }

    /// What happens on one path changes nothing on another.
    @Test func pathsAreTheirOwn() throws {
        let arrivals = try [0, 50].map { extra in
            var emulator = try three()
            #expect(say(&emulator, "link * * loss=30") == "+OK\n")
            var found: [Int] = []
            for number in 0..<200 {
                for _ in 0..<extra {
                    emulator.enter(try Self.packet("198.51.100.200"), from: 0, at: Self.at(Int64(number)))
                }
                emulator.enter(try Self.packet("198.51.100.5"), from: 0, at: Self.at(Int64(number)))
                if emulator.arrivals(at: Self.at(Int64(number))).contains(where: { $0.node == 1 }) {
                    found.append(number)
                }
            }
            return found
        }
        #expect(arrivals[0] == arrivals[1])
        #expect((100..<180).contains(arrivals[0].count))
    }
}
