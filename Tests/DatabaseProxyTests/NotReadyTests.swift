import Database
import DatabaseBalancer
import TandemTesting
import Testing

@testable import DatabaseProxy

/// What a node says of itself on the connections of others.
@Suite(.enabled(if: DatabaseServer.areThere))
struct NotReadyTests {
    /// A client gets the error, and then another connection; its node is looked at at once.
    @Test func aNodeThatSaysItIsNotReadyIsDoubted() async throws {
        var settings = BalancerSettings(name: "proxied")
        settings.isForConnections = true
        settings.nodes = [NodeSettings(name: "node", dataSource: try DatabaseServer.mariaDB.dsn())]
        let balancer = try Balancer(settings, directory: "") { _, _ in }
        let proxy = DatabaseProxy(balancer, clients: 10, threads: 1)
        let port = try await proxy.listen(address: "127.0.0.1", port: 0, for: .reading)
        let own = try DatabaseServer.mariaDB.port()
        let dsn = try DatabaseServer.mariaDB.dsn().replacing("Port=\(own)", with: "Port=\(port)")
        let pool = DatabasePool(try DatabaseDSN(dsn, directory: ""), PoolSettings(connections: 1))
        let text = "WSREP has not yet prepared node for application use"
        for (signal, failures) in [("Unknown command", 0), (text, 1), (text, 2)] as [(String, UInt64)] {
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.query(
                    Statement("SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1047, MESSAGE_TEXT = '\(signal)'")
                )
            }
            #expect(error?.description.contains(signal) == true)
            try await waitUntil("its connection has ended") { failures == 0 || proxy.connections == 0 }
            // The node is well after all.
            #expect(try await pool.query("SELECT 1 AS one").first?["one"]?.integer == 1)
            #expect(balancer.status.nodes[0].failures == failures)
            #expect(pool.status.opened == failures + 1)
        }
        #expect(balancer.status.nodes[0].losses == 0)
        await pool.close()
        await proxy.stop()
        await balancer.close()
    }
}
