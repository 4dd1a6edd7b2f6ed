import Base
import NetworkConditions
import Testing

struct ConditionCollectorTests {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    /// How much of an address is kept, and what is not counted at all.
    @Test(arguments: [
        ("192.0.2.77", 24, 56, "192.0.2.0/24"), ("192.0.2.77", 32, 56, "192.0.2.77/32"),
        ("2001:db8:1:2:3::4", 24, 56, "2001:db8:1::/56"), ("2001:db8:1:2:3::4", 24, 64, "2001:db8:1:2::/64"),
        ("0.0.0.0", 24, 56, nil),
    ])
    func keepsNetworks(text: String, v4: Int, v6: Int, expected: String?) throws {
        var settings = ConditionCollector.Settings()
        (settings.lengthV4, settings.lengthV6) = (v4, v6)
        var collector = ConditionCollector(settings)
        collector.add(PathSample(roundTrip: 20), from: try address(text), at: .zero)
        #expect(collector.takeChanges("dc1", limit: 10).map { "\($0.network)" } == [expected].compactMap { $0 })
    }

    /// Addresses of a network count together, and are told apart.
    @Test func bringsClientsTogether() throws {
        var collector = ConditionCollector()
        for (host, trip) in [(1, 20.0), (2, 40.0), (2, 30.0)] {
            collector.add(PathSample(roundTrip: trip), from: try address("192.0.2.\(host)"), at: .zero)
        }
        let row = try #require(collector.takeChanges("dc1", limit: 10).first)
        #expect((row.clients, row.roundTrip.mean, row.roundTrip.weight) == (2, 30, 3))
        #expect(row.dataCenter == "dc1")
    }

    /// Rows are given once, unless they could not be written.
    @Test func givesChanges() throws {
        var collector = ConditionCollector()
        for host in 0..<5 {
            collector.add(
                PathSample(roundTrip: 10),
                from: try address("192.0.\(host).1"),
                at: .zero + .seconds(host)
            )
        }
        let first = collector.takeChanges("dc1", limit: 2)
        #expect(Set(first.map { "\($0.network)" }) == ["192.0.0.0/24", "192.0.1.0/24"])
        #expect(collector.takeChanges("dc1", limit: 10).count == 3)
        #expect(collector.takeChanges("dc1", limit: 10).isEmpty)
        collector.putBack(first)
        #expect(Set(collector.takeChanges("dc1", limit: 10)) == Set(first))
        collector.repeatAll()
        #expect(collector.takeChanges("dc1", limit: 10).count == 5)
    }

    /// When more change than can be taken, each has its turn.
    @Test func givesEachItsTurn() throws {
        var collector = ConditionCollector()
        var seen: [[String]] = []
        for round in 0..<4 {
            let now = MonotonicInstant.zero + .seconds(5 * round)
            for host in 0..<100 {
                collector.add(PathSample(roundTrip: 10), from: try address("192.0.\(host).1"), at: now)
            }
            seen.append(collector.takeChanges("dc1", limit: 50).map { "\($0.network)" })
        }
        #expect(Set(seen[0] + seen[1]).count == 100)
        #expect(Set(seen[2] + seen[3]).count == 100)
    }

    /// The table has a limit; who was not heard of for longest goes.
    @Test func isBounded() throws {
        var settings = ConditionCollector.Settings()
        settings.maximumNetworks = 100
        var collector = ConditionCollector(settings)
        for index in 0..<1000 {
            let from = try address("10.\(index / 250).\(index % 250).1")
            collector.add(PathSample(roundTrip: 10), from: from, at: .zero + .milliseconds(index))
            #expect(collector.count <= 100)
        }
        #expect(collector.evictions == 1000 - collector.count)
        let kept = collector.takeChanges("dc1", limit: 1000).map(\.newest)
        #expect(kept.min().map { $0 >= .zero + .milliseconds(900) } == true)
    }

    /// What nobody was heard of for a day is forgotten.
    @Test func expires() throws {
        var collector = ConditionCollector()
        collector.add(PathSample(roundTrip: 10), from: try address("192.0.2.1"), at: .zero)
        collector.add(PathSample(roundTrip: 10), from: try address("192.0.3.1"), at: .zero + .seconds(3600))
        collector.expire(at: .zero + .seconds(24 * 3600))
        #expect(collector.count == 2)
        collector.expire(at: .zero + .seconds(24 * 3600 + 1))
        #expect(collector.takeChanges("dc1", limit: 10).map { "\($0.network)" } == ["192.0.3.0/24"])
    }

    /// Who can keep only some gets those with the most evidence.
    @Test func choosesTheBest() throws {
        var collector = ConditionCollector()
        for host in 1...4 {
            let sample = PathSample(roundTrip: 10, weight: Double(host))
            collector.add(sample, from: try address("192.0.\(host).1"), at: .zero)
        }
        #expect(Set(collector.best("dc1", limit: 2).map { "\($0.network)" }) == ["192.0.4.0/24", "192.0.3.0/24"])
    }
}
