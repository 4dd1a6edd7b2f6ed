import Database
import TandemTesting
import Testing

@testable import DatabaseBalancer

/// What a canary may hold up; a file of SQLite stands for a node.
struct CanaryTests {
    /// A change may take long on a node that is well: who asks how the node is does not wait behind it.
    @Test func aCanaryThatWaitsHoldsUpNoCheck() async throws {
        let directory = TemporaryDirectory()
        var settings = BalancerSettings(name: "main")
        // However busy the machine is.
        settings.checkTimeout = .seconds(600)
        let name = NodeSettings(name: "a", dataSource: "sqlite://\(directory.path)/a.db")
        let dsn = try DatabaseDSN(name.dataSource, directory: directory.path)
        let node = BalancedNode(name, dsn, settings)
        let other = DatabasePool(dsn)
        func isAnswered() async -> Bool {
            guard case .answered = await node.probe.check() else { return false }
            return true
        }
        #expect(await isAnswered())
        // Nobody else writes as long as this lasts.
        let flight = try await other.transaction(within: .seconds(600)) { _ in
            let flight = Task { await CanaryRow(.sqlite).fly(from: node, to: node) }
            try await waitUntil("the canary waits") { node.canaryPool.status.busy == 1 }
            #expect(await isAnswered())
            return flight
        }
        _ = await flight.value
        await other.close()
        await node.close()
        withExtendedLifetime(directory) {}
    }
}
