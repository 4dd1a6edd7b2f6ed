import Base
import Cache
import DatabaseBalancer
import Logging
import NetworkConditions
import TandemTesting
import Telemetry
import Testing

@testable import SmartDNS

/// What comes through memcached while the database is away.
@Suite(.enabled(if: MemcachedProcess.isInstalled))
struct SharedKnowledgeTests {
    @Test func memcachedStandsIn() async throws {
        let server = try MemcachedProcess()
        let settings = try Example.configuration(
            settings: Example.settings + """
                <param name="conditions-dsn" value="sqlite:///dev/null/none.db"/>
                <param name="conditions-memcache-servers" value="127.0.0.1:\(server.port)"/>
                """
        )
        let shared = try #require(
            try SharedKnowledge(
                settings,
                Balancers(directory: "") {
                    []
                } report: { _, _ in
                },
                directory: "",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        // A switch of each kind of news.
        let client = ConditionItems.client([ServerAddress(host: "127.0.0.1", port: Int(server.port))])
        let (items, observer) = (ConditionItems(client), ObservationItems(client))
        let writer = ConditionItems.Writer(dataCenter: "b", node: "one")
        let row = NetworkCondition(
            network: try #require(IPPrefix("192.0.2.0/24")),
            dataCenter: "b",
            roundTrip: Estimate(mean: 20, variance: 1, weight: 50),
            loss: Estimate(mean: 0, variance: 0, weight: 50),
            jitter: Estimate(mean: 1, variance: 0, weight: 50),
            clients: 3,
            newest: .now
        )
        try await items.announce(writer)
        try await items.write([row], by: writer, at: .now)
        try await items.write(SwitchLoad(center: "b", node: "one", sessions: 45, capacity: 50))
        let seen = CenterObservation(center: "a", observer: "b/one", state: .silent, misses: 3, serial: 7)
        try await observer.write([seen])
        #expect(try await shared.observations(besides: "dns/me") == [seen])
        // What was heard once is no news.
        #expect(try await shared.observations(besides: "dns/me").isEmpty)
        #expect(try await shared.loads() == ["b": 0.9])
        #expect(try await shared.conditions().map(\.network) == [row.network])
        // We tell others there, too, and do not hear ourselves.
        let own = CenterObservation(center: "a", observer: "dns/me", state: .ready, misses: 0, serial: 1)
        try? await shared.tell([own])
        #expect(try await observer.observations().contains(own))
        #expect(try await shared.observations(besides: "dns/me").isEmpty)
        // Without either, it says so.
        server.stop()
        await #expect(throws: (any Error).self) { try await shared.loads() }
        client.close()
        await shared.close()
    }
}
