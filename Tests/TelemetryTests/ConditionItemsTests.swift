import Base
import Cache
import NetworkConditions
import TandemTesting
import Testing

@testable import Telemetry

/// Network conditions in a real memcached.
@Suite(.enabled(if: MemcachedProcess.isInstalled))
struct ConditionItemsTests {
    private static let now = MonotonicInstant.zero + .seconds(1_000_000)

    @Test func goesThroughMemcached() async throws {
        let server = try MemcachedProcess()
        let client = ConditionItems.client([ServerAddress(host: "127.0.0.1", port: Int(server.port))])
        let items = ConditionItems(client)
        let writers = [
            ConditionItems.Writer(dataCenter: "dc1", node: "one"),
            ConditionItems.Writer(dataCenter: "dc2", node: "two"),
        ]
        // As many rows as there may be, so that the item is as long as it gets.
        let rows = try (0..<ConditionText.maximumRows).map { index in
            NetworkCondition(
                network: try #require(IPPrefix("10.\(index / 250).\(index % 250).0/24")),
                dataCenter: "dc1",
                roundTrip: Estimate(mean: 123.4567, variance: 1234.567, weight: 1234.567),
                loss: Estimate(mean: 0.01234567, variance: 0.01234567, weight: 1234.567),
                jitter: Estimate(mean: 12.34567, variance: 123.4567, weight: 1234.567),
                clients: 64,
                newest: Self.now
            )
        }
        #expect(try await items.writers().isEmpty)
        for writer in writers + writers { try await items.announce(writer) }
        #expect(try await items.writers() == writers)
        try await items.write(rows, by: writers[0], at: Self.now)
        let read = try await items.conditions(of: writers[0], at: Self.now)
        #expect(read.count == rows.count)
        #expect(Set(read.map(\.network)) == Set(rows.map(\.network)))
        #expect(read.allSatisfy { $0.dataCenter == "dc1" })
        #expect(try await items.conditions(of: writers[1], at: Self.now).isEmpty)
        // Names that nobody writes under any more make room for one that somebody does.
        for number in 0..<(SharedItems.maximumWriters + 5) {
            let writer = ConditionItems.Writer(dataCenter: "dc1", node: "start-\(number)")
            try await items.announce(writer)
            #expect(try await items.writers().contains(writer))
        }
        #expect(try await items.writers().contains(writers[0]))
        client.close()
    }

    /// How much switches have to do: of those that have said so.
    @Test func loadsGoThroughMemcached() async throws {
        let server = try MemcachedProcess()
        let client = ConditionItems.client([ServerAddress(host: "127.0.0.1", port: Int(server.port))])
        let items = ConditionItems(client)
        #expect(try await items.loads().isEmpty)
        for (center, node, sessions) in [("dc1", "one", 90), ("dc1", "two", 30), ("dc2", "one", 5)] {
            let writer = ConditionItems.Writer(dataCenter: center, node: node)
            try await items.announce(writer)
            try await items.write(SwitchLoad(center: center, node: node, sessions: sessions, capacity: 100))
        }
        try await items.announce(ConditionItems.Writer(dataCenter: "dc3", node: "mute"))
        #expect(SwitchLoad.shares(of: try await items.loads()) == ["dc1": 0.6, "dc2": 0.05])
        client.close()
    }

    /// An observer tells of each data center what it saw last, also of those that nothing new is seen of.
    @Test func observationsGoThroughMemcached() async throws {
        let server = try MemcachedProcess()
        let client = ConditionItems.client([ServerAddress(host: "127.0.0.1", port: Int(server.port))])
        func seen(_ center: String, _ observer: String, _ state: CenterObservation.State, _ serial: Int64)
            -> CenterObservation
        {
            CenterObservation(
                center: center,
                observer: observer,
                state: state,
                misses: state == .silent ? 2 : 0,
                serial: serial
            )
        }
        let (one, other, reader) = (ObservationItems(client), ObservationItems(client), ObservationItems(client))
        #expect(try await reader.observations().isEmpty)
        try await one.write([seen("dc1", "dc2/a", .ready, 1), seen("dc3", "dc2/a", .unready, 2)])
        try await other.write([seen("dc1", "dns/ns1", .silent, 1)])
        try await one.write([seen("dc1", "dc2/a", .silent, 3)])
        let expected = [
            seen("dc1", "dc2/a", .silent, 3), seen("dc3", "dc2/a", .unready, 2), seen("dc1", "dns/ns1", .silent, 1),
        ]
        #expect(Set(try await reader.observations()) == Set(expected))
        client.close()
    }
}
