import Glibc
import TandemTesting
import Testing

import struct Database.DatabaseError
import class Database.DatabasePool
import struct Database.PoolSettings
import struct Database.Statement

/// Statements that nobody waits for any more, and connections that are lost.
@Suite(.enabled(if: DatabaseServer.areThere))
struct LossTests {
    /// At the deadline the caller has its answer, and the server stops working for it.
    @Test(arguments: DatabaseServer.allCases)
    func deadlines(server: DatabaseServer) async throws {
        let pool = try server.pool(PoolSettings(connections: 1))
        let number = try await Self.number(server, pool)
        let error = await #expect(throws: DatabaseError.self) {
            try await pool.query(Statement(server.slowStatement), within: .seconds(2))
        }
        #expect(error?.kind == .deadline)
        #expect(try await comesTrue { try await pool.query(Statement(server.finding(number))).isEmpty })
        await pool.close()
    }

    @Test(arguments: DatabaseServer.allCases)
    func cancellation(server: DatabaseServer) async throws {
        let pool = try server.pool(PoolSettings(connections: 1))
        let number = try await Self.number(server, pool)
        let other = try server.pool()
        let task = Task { try await pool.query(Statement(server.slowStatement)) }
        #expect(try await comesTrue { try await Self.isBusy(server, other, number) })
        task.cancel()
        let error = await #expect(throws: DatabaseError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(try await comesTrue { try await other.query(Statement(server.finding(number))).isEmpty })
        await pool.close()
        await other.close()
    }

    /// A connection that is killed takes its statement with it, which may have had an effect; another one is opened.
    @Test(arguments: DatabaseServer.allCases)
    func killedConnections(server: DatabaseServer) async throws {
        let pool = try server.pool(PoolSettings(connections: 1))
        let other = try server.pool()
        let number = try await Self.number(server, pool)
        let task = Task { try await pool.execute(Statement(server.slowStatement)) }
        #expect(try await comesTrue { try await Self.isBusy(server, other, number) })
        _ = try await other.query(Statement(server.killing(number)))
        let error = await #expect(throws: DatabaseError.self) { try await task.value }
        #expect(error?.kind == .lost && error?.isConnectionLost == true && error?.mayHaveExecuted == true)
        // One that is killed while nobody uses it is not noticed.
        let second = try await Self.number(server, pool)
        #expect(second != number)
        _ = try await other.query(Statement(server.killing(second)))
        #expect(try await comesTrue { try await other.query(Statement(server.finding(second))).isEmpty })
        #expect(try await Self.number(server, pool) != second)
        await pool.close()
        await other.close()
    }

    /// What changes something by itself is not stopped half way: it may be about to be committed.
    @Test func changesAreNotStopped() async throws {
        let pool = try DatabaseServer.mariaDB.pool(PoolSettings(connections: 2))
        let table = try await Table(.mariaDB, pool, columns: "k INT")
        let error = await #expect(throws: DatabaseError.self) {
            try await pool.execute("INSERT INTO \(table) SELECT SLEEP(3)", within: .seconds(1))
        }
        #expect(error?.kind == .deadline && error?.mayHaveExecuted == true)
        #expect(try await comesTrue { try await !pool.query("SELECT k FROM \(table)").isEmpty })
        try await table.drop()
    }

    private static func number(_ server: DatabaseServer, _ pool: DatabasePool) async throws -> Int64 {
        try #require(try await pool.query("SELECT \(server.connectionNumber) AS number").first?.integer("number"))
    }

    private static func isBusy(_ server: DatabaseServer, _ pool: DatabasePool, _ number: Int64) async throws -> Bool {
        let sql = server.choose(
            postgreSQL: "SELECT 1 FROM pg_stat_activity WHERE pid = ? AND query LIKE '%pg_sleep%' AND state = 'active'",
            mariaDB: "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ? AND INFO LIKE '%SLEEP%'"
        )
        return try await !pool.query(Statement(sql, [.integer(number)])).isEmpty
    }

    /// What becomes of the server itself; one after the other, as there is one of each kind.
    @Suite(.enabled(if: DatabaseServer.areThere), .serialized)
    struct Victims {
        @Test(arguments: DatabaseServer.allCases)
        func killedServer(server: DatabaseServer) async throws {
            var settings = PoolSettings(connections: 1)
            (settings.shortestPause, settings.longestPause) = (.milliseconds(10), .milliseconds(10))
            let pool = try DatabaseServer.pool(try server.victim(), settings)
            try await pool.execute("CREATE TABLE IF NOT EXISTS kept (k INT)")
            let task = Task { try await pool.execute(Statement(server.slowStatement)) }
            let other = try DatabaseServer.pool(try server.victim())
            let number = try #require(try await Self.busyNumber(server, other))
            let process = try server.victimProcess()
            // The processes of PostgreSQL's connections outlive the first one for a moment; so does what they do.
            if server == .postgreSQL { kill(pid_t(number), SIGKILL) } else { kill(process, SIGKILL) }
            let error = await #expect(throws: DatabaseError.self) { try await task.value }
            #expect(error?.isConnectionLost == true && error?.mayHaveExecuted == true)
            // It is started again, and then found again.
            #expect(try await comesTrue { await (try? pool.query("SELECT k FROM kept")) != nil })
            await pool.close()
            await other.close()
        }

        private static func busyNumber(_ server: DatabaseServer, _ pool: DatabasePool) async throws -> Int64? {
            let sql = server.choose(
                postgreSQL: "SELECT pid AS number FROM pg_stat_activity WHERE query = ? AND state = 'active'",
                mariaDB: "SELECT ID AS number FROM information_schema.PROCESSLIST WHERE INFO = ?"
            )
            var number: Int64?
            _ = try await comesTrue {
                number = try await pool.query(Statement(sql, [.text(server.slowStatement)])).first?.integer("number")
                return number != nil
            }
            return number
        }

        /// A server that is there and does not answer: every call comes back at its deadline.
        @Test(arguments: DatabaseServer.allCases)
        func frozenServer(server: DatabaseServer) async throws {
            var settings = PoolSettings(connections: 2)
            settings.connecting = .seconds(2)
            let pool = try DatabaseServer.pool(try server.victim(), settings)
            var number: Int64?
            #expect(
                try await comesTrue {
                    number = try? await pool.query("SELECT \(server.connectionNumber) AS n").first?.integer("n")
                    return number != nil
                }
            )
            _ = try await pool.query("SELECT 1")
            let first = try server.victimProcess()
            let processes = server == .postgreSQL ? [first, pid_t(try #require(number))] : [first]
            for process in processes { kill(process, SIGSTOP) }
            defer { for process in processes { kill(process, SIGCONT) } }
            #expect(try await comesTrue { processes.allSatisfy(Threads.haveStopped) })
            let known = await #expect(throws: DatabaseError.self) {
                try await pool.execute("SELECT 1", within: .seconds(2))
            }
            // On a busy machine the time may be over before the statement begins.
            #expect(known?.kind == .deadline && known?.mayHaveExecuted == known?.isConnectionLost)
            // Now there is none, and none can be opened.
            let new = await #expect(throws: DatabaseError.self) {
                try await pool.execute("SELECT 1", within: .milliseconds(200))
            }
            #expect([.exhausted, .unavailable].contains(new?.kind) && new?.mayHaveExecuted == false)
            let patient = await #expect(throws: DatabaseError.self) {
                try await pool.execute("SELECT 1")
            }
            #expect(patient?.kind == .unavailable && patient?.mayHaveExecuted == false)
            for process in processes { kill(process, SIGCONT) }
            #expect(try await comesTrue { await (try? pool.query("SELECT 1")) != nil })
            await pool.close()
        }
    }
}
