import Base
import Testing

@testable import SmartDNS

struct ResolverLearningTests {
    private static func at(_ seconds: Double) -> MonotonicInstant {
        .zero + .seconds(1_000_000) + .milliseconds(Int64(seconds * 1000))
    }

    private let resolver = IPAddress(v4: 0x0808_0808)
    private let other = IPAddress(v4: 0x0101_0101)

    private func network(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }

    /// Phones of a domain ask through a resolver and register a little later: after three of them it is known.
    @Test func learns() throws {
        var learning = ResolverLearning()
        let home = try network("192.0.2.0/24")
        for round in 0..<3 {
            #expect(learning.clients(of: resolver) == nil)
            learning.asked("Acme.Example.", by: resolver, at: Self.at(Double(round) * 60))
            learning.arrived("acme.example", from: home, at: Self.at(Double(round) * 60 + 1))
        }
        #expect(learning.clients(of: resolver) == home)
        #expect(learning.clients(of: other) == nil)
    }

    /// When somebody comes, in seconds after the question, and whether that is the one who asked.
    @Test(arguments: [(0.5, true), (9.9, true), (-1.5, true), (10.5, false), (-2.5, false), (3600, false)])
    func believesWhatComesSoon(seconds: Double, isBelieved: Bool) throws {
        var learning = ResolverLearning()
        let home = try network("192.0.2.0/24")
        for round in 0..<5 {
            learning.asked("acme.example", by: resolver, at: Self.at(Double(round) * 10_000))
            learning.arrived("acme.example", from: home, at: Self.at(Double(round) * 10_000 + seconds))
        }
        #expect((learning.clients(of: resolver) == home) == isBelieved)
    }

    /// Two resolvers ask for the same name at the same time: each gets half of the evidence, so it takes twice as long.
    @Test func sharesEvidence() throws {
        var learning = ResolverLearning()
        let home = try network("192.0.2.0/24")
        for round in 0..<6 {
            let time = Double(round) * 60
            for asker in [resolver, other] { learning.asked("acme.example", by: asker, at: Self.at(time)) }
            #expect(learning.clients(of: resolver) == nil)
            learning.arrived("acme.example", from: home, at: Self.at(time + 1))
        }
        #expect(learning.clients(of: resolver) == home)
        #expect(learning.clients(of: other) == home)
    }

    /// A resolver's clients move to another network: the newer ones count more.
    @Test func followsClients() throws {
        var learning = ResolverLearning()
        let (before, after) = (try network("192.0.2.0/24"), try network("198.51.100.0/24"))
        for round in 0..<20 {
            learning.asked("acme.example", by: resolver, at: Self.at(Double(round)))
            learning.arrived("acme.example", from: before, at: Self.at(Double(round)))
        }
        #expect(learning.clients(of: resolver) == before)
        let days = 3.0 * 24 * 3600
        for round in 0..<4 {
            learning.asked("acme.example", by: resolver, at: Self.at(days + Double(round)))
            learning.arrived("acme.example", from: after, at: Self.at(days + Double(round)))
        }
        #expect(learning.clients(of: resolver) == after)
    }

    /// From which networks users come, one after the other, and for which of them a resolver's questions are answered then.
    @Test(
        arguments: [
            (["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"], nil),
            (["192.0.2.0/24", "192.0.2.0/24", "192.0.2.0/24", "198.51.100.0/24"], "192.0.2.0/24"),
            (["192.0.2.0/24", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"], nil),
            // Neighbours: the network around them has most.
            (["192.0.2.0/24", "192.0.5.0/24", "192.0.9.0/24", "198.51.100.0/24"], "192.0.0.0/20"),
            (["192.0.2.0/24", "192.0.99.0/24", "192.0.200.0/24"], "192.0.0.0/16"),
            (["192.0.2.0/24", "192.1.2.0/24", "192.2.2.0/24"], nil),
            (["2001:db8:0:100::/56", "2001:db8:0:200::/56", "2001:db8:0:300::/56"], "2001:db8::/48"),
        ] as [([String], String?)]
    )
    func majority(networks: [String], home: String?) throws {
        var learning = ResolverLearning()
        for round in 0..<(5 * networks.count) {
            learning.asked("acme.example", by: resolver, at: Self.at(Double(round)))
            learning.arrived(
                "acme.example",
                from: try network(networks[round % networks.count]),
                at: Self.at(Double(round))
            )
        }
        #expect(learning.clients(of: resolver).map { "\($0)" } == home)
    }

    /// A public resolver has clients in more networks than are remembered: those that were forgotten count as well.
    @Test func publicResolvers() throws {
        var learning = ResolverLearning()
        for round in 0..<400 {
            let place = round % 4 == 0 ? "192.0.2.0/24" : "11.\(round % 200).0.0/24"
            learning.asked("acme.example", by: resolver, at: Self.at(Double(round)))
            learning.arrived("acme.example", from: try network(place), at: Self.at(Double(round)))
            #expect(learning.clients(of: resolver) == nil || round < 12)
        }
    }

    @Test func isBounded() throws {
        var learning = ResolverLearning()
        for index in 0..<(ResolverLearning.maximumNames + 50) {
            learning.asked("\(index).example", by: resolver, at: Self.at(0))
        }
        #expect(learning.nameCount == ResolverLearning.maximumNames)
        // What was asked for a while ago makes room.
        learning.asked("late.example", by: resolver, at: Self.at(100))
        #expect(learning.nameCount == 1)
        // A name that everybody asks for at the same time says nothing.
        for index in 0..<40 { learning.asked("late.example", by: IPAddress(v4: UInt32(index) + 1), at: Self.at(100)) }
        for _ in 0..<200 { learning.arrived("late.example", from: try network("192.0.2.0/24"), at: Self.at(101)) }
        #expect(learning.count == 0)
        for index in 0..<100 {
            learning.asked("one.example", by: resolver, at: Self.at(200))
            learning.arrived("one.example", from: try network("10.\(index).0.0/16"), at: Self.at(200))
        }
        #expect(learning.count == 1)
        #expect(learning.clients(of: resolver) == nil)
    }

    @Test func expires() throws {
        var learning = ResolverLearning()
        for round in 0..<3 {
            learning.asked("acme.example", by: resolver, at: Self.at(Double(round)))
            learning.arrived("acme.example", from: try network("192.0.2.0/24"), at: Self.at(Double(round)))
        }
        learning.expire(at: Self.at(3))
        #expect((learning.count, learning.nameCount) == (1, 1))
        learning.expire(at: Self.at(60))
        #expect((learning.count, learning.nameCount) == (1, 0))
        learning.expire(at: Self.at(8 * 24 * 3600))
        #expect(learning.count == 0)
    }
}
