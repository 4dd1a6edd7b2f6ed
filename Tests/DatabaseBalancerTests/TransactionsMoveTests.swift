import Base
import Database
import TandemTesting
import Testing

@testable import DatabaseBalancer

/// What becomes of transactions on a node that is not the writer any more; files of SQLite stand for nodes.
struct TransactionsMoveTests {
    private struct Rig {
        private let directory = TemporaryDirectory()
        private let pools: [DatabasePool]
        let balancer: Balancer

        init(grace: Duration) async throws {
            let path = directory.path
            var settings = BalancerSettings(name: "main")
            settings.nodes = ["a", "b"].map { NodeSettings(name: $0, dataSource: "sqlite://\(path)/\($0).db") }
            // However busy the machine is.
            (settings.checkPatience, settings.checkTimeout) = (.seconds(600), .seconds(600))
            settings.deadline = .seconds(600)
            settings.writerGrace = grace
            // They know nothing of each other.
            settings.numbersRequests = false
            var pools: [DatabasePool] = []
            for node in settings.nodes {
                let pool = DatabasePool(try DatabaseDSN(node.dataSource, directory: path))
                try await pool.execute("CREATE TABLE moved (id INTEGER)")
                pools.append(pool)
            }
            self.pools = pools
            let balancer = try Balancer(settings, directory: path) { _, _ in }
            self.balancer = balancer
            try await waitUntil("both are trusted") { balancer.status.nodes.allSatisfy { $0.trust == "trusted" } }
        }

        /// What is in each node.
        func rows() async throws -> [[Int64?]] {
            var rows: [[Int64?]] = []
            for pool in pools {
                rows.append(try await pool.query("SELECT id FROM moved ORDER BY id").map { $0["id"]?.integer })
            }
            return rows
        }

        func stop() async {
            await balancer.close()
            for pool in pools { await pool.close() }
            withExtendedLifetime(directory) {}
        }
    }

    /// What has begun may end where it is, and what comes then goes to the new writer.
    @Test func aTransactionMayEndWhereItIs() async throws {
        let rig = try await Rig(grace: .seconds(600))
        var attempts = 0
        try await rig.balancer.transaction { transaction in
            attempts += 1
            try await transaction.execute("INSERT INTO moved VALUES (1)")
            #expect(rig.balancer.order(writer: "b"))
            try await transaction.execute("INSERT INTO moved VALUES (2)")
        }
        try await rig.balancer.execute("INSERT INTO moved VALUES (3)")
        #expect(attempts == 1)
        #expect(try await rig.rows() == [[1, 2], [3]])
        await rig.stop()
    }

    /// What does not end is ended, and carried out on the new writer; its node is none the worse for it.
    @Test func aTransactionThatDoesNotEndIsMoved() async throws {
        let rig = try await Rig(grace: .milliseconds(50))
        var attempts = 0
        try await rig.balancer.transaction { transaction in
            attempts += 1
            try await transaction.execute("INSERT INTO moved VALUES (1)")
            guard attempts == 1 else { return }
            #expect(rig.balancer.order(writer: "b"))
            // It goes on and on, until it is told to end.
            while true { _ = try await transaction.query("SELECT 1 AS one") }
        }
        #expect(attempts == 2)
        #expect(try await rig.rows() == [[], [1]])
        let status = rig.balancer.status
        #expect(status.repeated == 1 && status.inDoubt == 0)
        #expect(status.nodes.map(\.failures) == [0, 0] && status.nodes.map(\.losses) == [0, 0])
        await rig.stop()
    }
}
