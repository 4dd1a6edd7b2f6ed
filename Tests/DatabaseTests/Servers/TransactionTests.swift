import TandemTesting
import Testing

import struct Database.DatabaseError
import class Database.DatabasePool
import protocol Database.DatabaseTransaction
import struct Database.PoolSettings
import struct Database.Statement

/// Transactions of PostgreSQL and MariaDB.
@Suite(.enabled(if: DatabaseServer.areThere))
struct TransactionTests {
    private struct Refusal: Error {}

    @Test(arguments: DatabaseServer.allCases)
    func allOrNothing(server: DatabaseServer) async throws {
        let pool = try server.pool(PoolSettings(connections: 1))
        let table = try await Table(server, pool, columns: "k INT PRIMARY KEY")
        let insert = { (key: Int64) in Statement("INSERT INTO \(table) VALUES (?)", [.integer(key)]) }
        try await pool.transaction { transaction in
            try await transaction.execute(insert(1))
            let rows = try await transaction.query("SELECT k FROM \(table)")
            #expect(rows.count == 1)
        }
        await #expect(throws: Refusal.self) {
            try await pool.transaction { transaction in
                try await transaction.execute(insert(2))
                throw Refusal()
            }
        }
        // A statement that fails undoes everything, also when nobody cares.
        let error = await #expect(throws: DatabaseError.self) {
            try await pool.transaction { transaction in
                try await transaction.execute(insert(3))
                _ = try? await transaction.execute(insert(1))
            }
        }
        #expect(error?.kind == .uniqueViolation)
        await #expect(throws: DatabaseError.self) { try await pool.execute([insert(4), insert(1)]) }
        try await pool.execute([insert(5), insert(6)])
        #expect(try await pool.query("SELECT k FROM \(table) ORDER BY k").map { try $0.integer("k") } == [1, 5, 6])
        #expect(pool.status.opened == 1)
        try await table.drop()
    }

    /// MariaDB ends a transaction when tables are changed: that is refused, and what ends one otherwise is told.
    @Test func aTransactionIsNotEndedByItsStatements() async throws {
        let pool = try DatabaseServer.mariaDB.pool(PoolSettings(connections: 1))
        let table = try await Table(.mariaDB, pool, columns: "k INT PRIMARY KEY")
        for change in ["CREATE TABLE \(table)x (k INT)", " alter table \(table) ADD v INT", "TRUNCATE \(table)"] {
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.transaction { transaction in
                    try await transaction.execute("INSERT INTO \(table) VALUES (1)")
                    try await transaction.execute(Statement(change))
                }
            }
            #expect(error?.kind == .statement && error?.mayHaveExecuted == false)
        }
        #expect(try await pool.query("SELECT k FROM \(table)").isEmpty)
        // What others do not see does not end it.
        _ = try await pool.transaction { try await $0.execute("CREATE TEMPORARY TABLE \(table)x (k INT)") }
        let ended = await #expect(throws: DatabaseError.self) {
            try await pool.transaction { transaction in
                try await transaction.execute("INSERT INTO \(table) VALUES (1)")
                try await transaction.execute("COMMIT")
                try await transaction.execute("INSERT INTO \(table) VALUES (2)")
            }
        }
        #expect(ended?.mayHaveExecuted == true)
        #expect(try await pool.query("SELECT k FROM \(table)").count == 1)
        try await table.drop()
    }

    /// A batch with changes of tables is one of MariaDB's only up to the first of them, and does not claim more.
    @Test(arguments: DatabaseServer.allCases)
    func aBatchThatChangesTables(server: DatabaseServer) async throws {
        let pool = try server.pool(PoolSettings(connections: 1))
        let table = try await Table(server, pool, columns: "k INT PRIMARY KEY")
        let insertion: Statement = "INSERT INTO \(table) VALUES (1)"
        let error = await #expect(throws: DatabaseError.self) {
            try await pool.execute([insertion, "ALTER TABLE \(table) ADD v INT", insertion])
        }
        #expect(error?.mayHaveExecuted == server.choose(postgreSQL: false, mariaDB: true))
        let count = server.choose(postgreSQL: 0, mariaDB: 1)
        #expect(try await pool.query("SELECT k FROM \(table)").count == count)
        try await table.drop()
    }

    /// Two transactions that want what the other has: one loses, is carried out again, and nothing is lost.
    @Test(arguments: DatabaseServer.allCases)
    func conflicts(server: DatabaseServer) async throws {
        let pool = try server.pool(PoolSettings(connections: 3))
        let table = try await Table(server, pool, columns: "k INT PRIMARY KEY, v INT")
        try await pool.execute("INSERT INTO \(table) VALUES (1, 0), (2, 0)")
        let meeting = Meeting()
        let attempts = Counter()
        let add = { @Sendable (first: Int64, second: Int64) in
            try await pool.transaction(attempts: 30) { transaction in
                attempts.increment()
                for key in [first, second] {
                    let sql = "UPDATE \(table) SET v = v + 1 WHERE k = ?"
                    try await transaction.execute(Statement(sql, [.integer(key)]))
                    // Both have their first row before either asks for the second.
                    await meeting.arrive(and: 2)
                }
            }
        }
        async let one: Void = add(1, 2)
        async let other: Void = add(2, 1)
        try await one
        try await other
        #expect(try await pool.query("SELECT v FROM \(table)").map { try $0.integer("v") } == [2, 2])
        #expect(attempts.value > 2)
        try await table.drop()
    }

    /// Who finds no connection is told so at the deadline, and whoever has one goes on.
    @Test(arguments: DatabaseServer.allCases)
    func exhaustion(server: DatabaseServer) async throws {
        let pool = try server.pool(PoolSettings(connections: 1))
        try await pool.transaction { transaction in
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.query("SELECT 1", within: .milliseconds(50))
            }
            #expect(error?.kind == .exhausted && error?.mayHaveExecuted == false)
            let rows = try await transaction.query("SELECT 1 AS one")
            #expect(rows.count == 1)
        }
        #expect(pool.status.waiting == 0)
    }
}
