import Database
import TandemTesting
import Testing

@testable import DatabaseBalancer

/// What becomes of changes when a real server is told to take none: `read_only`, `default_transaction_read_only`.
extension ServerTests {
    private static func pool(_ name: String) throws -> DatabasePool {
        DatabasePool(try DatabaseDSN(name, directory: ""), PoolSettings(connections: 1))
    }

    /// Runs something while the server that may be killed takes no changes, as its operators have it.
    private static func whileReadOnly(_ server: DatabaseServer, _ body: () async throws -> Void) async throws {
        let administrator = try pool(server.victimForAdministrator())
        let on: [Statement] = server.choose(
            postgreSQL: ["ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"],
            mariaDB: ["SET GLOBAL read_only = ON"]
        )
        let off: [Statement] = server.choose(
            postgreSQL: ["ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()"],
            mariaDB: ["SET GLOBAL read_only = OFF"]
        )
        let outcome: Result<Void, any Error>
        do {
            for order in on { try await administrator.execute(order) }
            try await body()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        // Whatever has happened: others use this server, too.
        for order in off { try await administrator.execute(order) }
        await administrator.close()
        try outcome.get()
    }

    /// Two servers that know nothing of each other, and nothing else that could be the matter with them.
    private static func makeCalm(_ settings: inout BalancerSettings) {
        (settings.checkPatience, settings.checkTimeout) = (.seconds(600), .seconds(600))
        // The data of PostgreSQL's servers are of one origin: one of them would be taken to be behind the other.
        settings.maximumLag = .seconds(86_400)
        settings.numbersRequests = false
    }

    /// A node that takes no changes is not written to, and still read from; later it may be the writer again.
    @Test(arguments: DatabaseServer.allCases)
    func aReadOnlyNodeIsNotWrittenTo(_ server: DatabaseServer) async throws {
        let balancer = try await Self.balancer(server, Self.makeCalm)
        let pools = [try Self.pool(server.victim()), try Self.pool(server.dsn())]
        for pool in pools {
            try await pool.execute("DROP TABLE IF EXISTS turned")
            try await pool.execute("CREATE TABLE turned (id INTEGER PRIMARY KEY)")
        }
        func rows(_ node: Int) async throws -> [Int64?] {
            try await pools[node].query("SELECT id FROM turned ORDER BY id").map { $0["id"]?.integer }
        }
        #expect(balancer.order(writer: "victim"))
        try await balancer.execute("INSERT INTO turned VALUES (1)")
        try await Self.whileReadOnly(server) {
            try await waitUntil("the other is written to") { balancer.status.nodes[1].isWriter }
            #expect(!balancer.order(writer: "victim"))
            try await balancer.execute("INSERT INTO turned VALUES (2)")
            let before = balancer.status.nodes[0].statements
            #expect(try await balancer.query("SELECT id FROM turned").first?["id"]?.integer == 1)
            #expect(balancer.status.nodes[0].statements == before + 1)
        }
        try await waitUntil("it may be written to again") { balancer.order(writer: "victim") }
        #expect(balancer.status.nodes.map(\.isWriter) == [true, false])
        try await balancer.execute("INSERT INTO turned VALUES (3)")
        #expect(try await rows(0) == [1, 3])
        #expect(try await rows(1) == [2])
        #expect(balancer.status.repeated == 0)
        await balancer.close()
        for pool in pools {
            try await pool.execute("DROP TABLE turned")
            await pool.close()
        }
    }

    /// Where there is no other, reads go on, nobody asks the node for changes, and they are made when it takes them again.
    @Test(arguments: DatabaseServer.allCases)
    func changesWaitForWhoTakesThem(_ server: DatabaseServer) async throws {
        let balancer = try await Self.balancer(server) {
            Self.makeCalm(&$0)
            $0.nodes.removeLast()
        }
        try await balancer.execute("DROP TABLE IF EXISTS awaited")
        try await balancer.execute("CREATE TABLE awaited (id INTEGER PRIMARY KEY)")
        try await Self.whileReadOnly(server) {
            try await waitUntil("that is known") { !balancer.status.nodes[0].isWriter }
            let before = balancer.status.nodes[0].statements
            let error = await #expect(throws: DatabaseError.self) {
                _ = try await balancer.execute("INSERT INTO awaited VALUES (1)", within: .milliseconds(300))
            }
            #expect(error?.kind == .unavailable)
            #expect(error?.description.contains("takes no changes") == true)
            #expect(balancer.status.nodes[0].statements == before)
            #expect(try await balancer.query("SELECT id FROM awaited").isEmpty)
        }
        try await balancer.execute("INSERT INTO awaited VALUES (2)")
        #expect(try await balancer.query("SELECT id FROM awaited").map { $0["id"]?.integer } == [2])
        try await balancer.execute("DROP TABLE awaited")
        await balancer.close()
    }
}

/// What MariaDB's own words mean.
struct MariaDBFactsTests {
    @Test(
        arguments: [
            (nil, true), ("OFF", true), ("0", true), ("ON", false), ("1", false), ("NO_LOCK", false),
            ("NO_LOCK_NO_ADMIN", false),
        ] as [(String?, Bool)]
    ) func whoIsReadOnlyTakesNoChanges(word: String?, takesChanges: Bool) {
        let values = word.map { ["read_only": $0] } ?? [:]
        #expect(MariaDBFacts.read(values, BalancerSettings(name: "a")).takesChanges == takesChanges)
    }
}
