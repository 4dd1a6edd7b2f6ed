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
        for number in 0..<(ConditionItems.maximumWriters + 5) {
            let writer = ConditionItems.Writer(dataCenter: "dc1", node: "start-\(number)")
            try await items.announce(writer)
            #expect(try await items.writers().contains(writer))
        }
        #expect(try await items.writers().contains(writers[0]))
        client.close()
    }
}
