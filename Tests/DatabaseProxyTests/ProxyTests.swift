import Base
import Database
import DatabaseBalancer
import Glibc
import TandemTesting
import Testing

@testable import DatabaseProxy

/// What clients of real servers see through the proxy.
@Suite(.enabled(if: DatabaseServer.areThere), .serialized)
struct ProxyTests {
    private static func balancer(
        _ nodes: [(String, String)],
        _ change: (inout BalancerSettings) -> Void = { _ in }
    ) throws -> Balancer {
        var settings = BalancerSettings(name: "proxied")
        settings.deadline = .seconds(2)
        settings.isForConnections = true
        for (priority, (name, dsn)) in nodes.enumerated() {
            var node = NodeSettings(name: name, dataSource: dsn)
            node.priority = priority
            settings.nodes.append(node)
        }
        change(&settings)
        return try Balancer(settings, directory: "") { _, _ in }
    }

    /// The name of a server, as it is reached through the proxy.
    private static func dsn(_ server: DatabaseServer, port: Int) throws -> String {
        let (own, other) = (try server.port(), String(port))
        return try server.dsn().replacing(
            server.choose(postgreSQL: "port=\(own)", mariaDB: "Port=\(own)"),
            with: server.choose(postgreSQL: "port=\(other)", mariaDB: "Port=\(other)")
        )
    }

    /// The same without encryption, which libpq would rather have: the proxy sees where a transaction ends.
    private static func plainDSN(_ server: DatabaseServer, port: Int) throws -> String {
        try dsn(server, port: port) + server.choose(postgreSQL: " sslmode=disable", mariaDB: "")
    }

    /// A connection whose node dies is closed, and the next one goes to another node.
    @Test(arguments: DatabaseServer.allCases)
    func connectionsGoToWhoIsThere(_ server: DatabaseServer) async throws {
        let balancer = try Self.balancer([("victim", try server.victim()), ("other", try server.dsn())])
        try await waitUntil("both are trusted") { balancer.status.nodes.allSatisfy { $0.trust == "trusted" } }
        let proxy = DatabaseProxy(balancer, clients: 10, threads: 1)
        let port = try await proxy.listen(address: "127.0.0.1", port: 0, for: .reading)
        let pool = DatabasePool(
            try DatabaseDSN(try Self.dsn(server, port: port), directory: ""),
            PoolSettings(connections: 1)
        )
        for number in 0..<20 {
            let rows = try await pool.query(Statement("SELECT ? AS n", [.text("\(number)")]))
            #expect(rows.first?["n"]?.text == "\(number)")
        }
        #expect(proxy.connections == 1)
        #expect(balancer.status.nodes.map(\.inUse) == [1, 0])
        try await server.killVictim {
            try await waitUntil("it is not trusted") { balancer.status.nodes[0].losses > 0 }
        }
        try await waitUntil("the other answers") { (try? await pool.query("SELECT 1 AS one")) != nil }
        #expect(balancer.status.nodes[1].statements > 0)
        await pool.close()
        try await waitUntil("all is given back") {
            proxy.connections == 0 && balancer.status.nodes.allSatisfy { $0.inUse == 0 }
        }
        await proxy.stop()
        await balancer.close()
    }

    /// A statement that nobody waits for any more is stopped, at whichever node it is: the request names a process only.
    @Test func statementsAreStoppedAtTheirNode() async throws {
        let server = DatabaseServer.postgreSQL
        let balancer = try Self.balancer([("victim", try server.victim()), ("other", try server.dsn())])
        try await waitUntil("both are trusted") { balancer.status.nodes.allSatisfy { $0.trust == "trusted" } }
        let proxy = DatabaseProxy(balancer, clients: 10, threads: 1)
        let port = try await proxy.listen(address: "127.0.0.1", port: 0, for: .reading)
        let pool = DatabasePool(
            try DatabaseDSN(try Self.dsn(server, port: port), directory: ""),
            PoolSettings(connections: 1)
        )
        let process = try await pool.query("SELECT pg_backend_pid() AS number").first?["number"]?.integer
        let error = await #expect(throws: DatabaseError.self) {
            try await pool.query("SELECT pg_sleep(3600)", within: .seconds(1))
        }
        #expect(error?.kind == .deadline)
        // The server itself would not notice before an hour is over.
        let owner = DatabasePool(try DatabaseDSN(try server.victim(), directory: ""), PoolSettings(connections: 1))
        let isActive =
            "SELECT 1 AS one FROM pg_stat_activity WHERE pid = ? AND query LIKE '%pg_sleep%' AND state = 'active'"
        try await waitUntil("it is stopped") {
            (try? await owner.query(Statement(isActive, [.integer(process ?? 0)])))?.isEmpty == true
        }
        for pool in [pool, owner] { await pool.close() }
        await proxy.stop()
        await balancer.close()
    }

    /// A node that is drained loses its connections when they are between two transactions; in maintenance at once.
    ///
    /// Who is one too many waits for nothing.
    @Test(arguments: DatabaseServer.allCases)
    func ordersAreForConnectionsToo(_ server: DatabaseServer) async throws {
        let balancer = try Self.balancer([("victim", try server.victim()), ("other", try server.dsn())])
        try await waitUntil("both are trusted") { balancer.status.nodes.allSatisfy { $0.trust == "trusted" } }
        let proxy = DatabaseProxy(balancer, clients: 2, threads: 1)
        let port = try await proxy.listen(address: "127.0.0.1", port: 0, for: .reading)
        let dsn = try DatabaseDSN(try Self.plainDSN(server, port: port), directory: "")
        let pools = (0..<3).map { _ in DatabasePool(dsn, PoolSettings(connections: 1)) }
        func ask(_ pool: Int) async throws -> Int64? {
            try await pools[pool].query("SELECT 1 AS one").first?["one"]?.integer
        }
        #expect(try await ask(0) == 1)
        #expect(balancer.status.nodes.map(\.inUse) == [1, 0])
        #expect(balancer.order(.drain, for: "victim"))
        try await waitUntil("its connection has gone") { balancer.status.nodes.map(\.inUse) == [0, 0] }
        #expect(try await ask(0) == 1)
        #expect(try await ask(1) == 1)
        #expect(balancer.status.nodes.map(\.inUse) == [0, 2] && pools[0].status.opened == 2)
        await #expect(throws: DatabaseError.self) { try await ask(2) }
        #expect(balancer.order(.ready, for: "victim"))
        #expect(balancer.order(.maintenance, for: "other"))
        try await waitUntil("its connections are closed") { balancer.status.nodes.map(\.inUse) == [0, 0] }
        try await waitUntil("there is a place") { (try? await ask(2)) == 1 }
        #expect(balancer.status.nodes.map(\.inUse) == [1, 0])
        for pool in pools { await pool.close() }
        await proxy.stop()
        await balancer.close()
    }

    /// Who is between two transactions goes to the new writer at once, and who is in one when it has ended.
    @Test(arguments: DatabaseServer.allCases)
    func connectionsFollowTheWriter(_ server: DatabaseServer) async throws {
        let nodes = [("victim", try server.victim()), ("other", try server.dsn())]
        let balancer = try Self.balancer(nodes) { $0.writerGrace = .seconds(600) }
        try await waitUntil("both are trusted") { balancer.status.nodes.allSatisfy { $0.trust == "trusted" } }
        let proxy = DatabaseProxy(balancer, clients: 10, threads: 1)
        let port = try await proxy.listen(address: "127.0.0.1", port: 0, for: .writing)
        let dsn = try DatabaseDSN(try Self.plainDSN(server, port: port), directory: "")
        let pool = DatabasePool(dsn, PoolSettings(connections: 1))
        func inUse() -> [Int] { balancer.status.nodes.map(\.inUse) }
        func ask() async throws -> Int64? { try await pool.query("SELECT 1 AS one").first?["one"]?.integer }
        #expect(try await ask() == 1)
        #expect(inUse() == [1, 0])
        #expect(balancer.order(writer: "other"))
        try await waitUntil("it has gone") { inUse() == [0, 0] }
        #expect(try await ask() == 1)
        #expect(inUse() == [0, 1])
        #expect(balancer.status.nodes.map(\.connectionsLeft) == [1, 0])
        try await pool.transaction { transaction in
            _ = try await transaction.query("SELECT 1 AS one")
            #expect(balancer.order(writer: "victim"))
            for _ in 0..<3 { _ = try await transaction.query(Statement("SELECT ? AS one", [.text("1")])) }
            #expect(inUse() == [0, 1])
        }
        try await waitUntil("it has gone, too") { inUse() == [0, 0] }
        #expect(try await ask() == 1)
        #expect(inUse() == [1, 0])
        await pool.close()
        await proxy.stop()
        await balancer.close()
    }

    /// Who does not end a transaction loses it, and nobody else anything.
    @Test(arguments: DatabaseServer.allCases)
    func transactionsOnTheOldWriterHaveAnEnd(_ server: DatabaseServer) async throws {
        let nodes = [("victim", try server.victim()), ("other", try server.dsn())]
        let balancer = try Self.balancer(nodes) { $0.writerGrace = .milliseconds(50) }
        try await waitUntil("both are trusted") { balancer.status.nodes.allSatisfy { $0.trust == "trusted" } }
        let proxy = DatabaseProxy(balancer, clients: 10, threads: 1)
        let dsns = [
            try Self.plainDSN(server, port: try await proxy.listen(address: "127.0.0.1", port: 0, for: .writing)),
            try Self.plainDSN(server, port: try await proxy.listen(address: "127.0.0.1", port: 0, for: .reading)),
        ]
        let pools = try dsns.map {
            DatabasePool(try DatabaseDSN($0, directory: ""), PoolSettings(connections: 1))
        }
        for pool in pools { #expect(try await pool.query("SELECT 1 AS one").count == 1) }
        #expect(balancer.status.nodes.map(\.inUse) == [2, 0])
        let error = await #expect(throws: DatabaseError.self) {
            try await pools[0].transaction(within: .seconds(600)) { transaction in
                _ = try await transaction.query("SELECT 1 AS one")
                #expect(balancer.order(writer: "other"))
                while true { _ = try await transaction.query("SELECT 1 AS one") }
            }
        }
        #expect(error?.kind == .lost)
        // Who only reads stays where it was.
        try await waitUntil("one is left") { balancer.status.nodes.map(\.inUse) == [1, 0] }
        #expect(balancer.status.nodes.map(\.failures) == [0, 0])
        #expect(balancer.status.nodes.map(\.connectionsEnded) == [1, 0])
        for pool in pools { await pool.close() }
        await proxy.stop()
        await balancer.close()
    }

    /// Without a node clients are told so, as the server itself would.
    @Test(arguments: DatabaseServer.allCases)
    func clientsAreToldThatThereIsNobody(_ server: DatabaseServer) async throws {
        let nobody = server.choose(
            postgreSQL: "pgsql://host=127.0.0.1 port=1 dbname=x user=x",
            mariaDB: "mariadb://Server=127.0.0.1;Port=1;Database=x;Uid=x;"
        )
        let balancer = try Self.balancer([("nobody", nobody)])
        let proxy = DatabaseProxy(balancer, clients: 10, threads: 1)
        let port = try await proxy.listen(address: "127.0.0.1", port: 0, for: .writing)
        let pool = DatabasePool(
            try DatabaseDSN(try Self.dsn(server, port: port), directory: ""),
            PoolSettings(connections: 1)
        )
        let error = await #expect(throws: DatabaseError.self) { try await pool.query("SELECT 1 AS one") }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("nobody is down") == true)
        await pool.close()
        await proxy.stop()
        await balancer.close()
    }
}
