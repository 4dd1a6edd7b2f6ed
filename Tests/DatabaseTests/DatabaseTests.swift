import Base
import GRDB
import Glibc
import TandemTesting
import Testing

import enum Database.DatabaseDSN
import struct Database.DatabaseError
import class Database.DatabasePool
import struct Database.PoolSettings
import struct Database.Statement

/// SQLite behind the interface.
struct DatabaseTests {
    @Test func aBatchIsCarriedOutAsAWhole() async throws {
        let directory = TemporaryDirectory()
        let pool = DatabasePool(try DatabaseDSN("x", directory: directory.path))
        let insert = { (name: String, number: Int64) in
            Statement("INSERT INTO things VALUES (?, ?, ?)", [.text(name), .integer(number), .null])
        }
        try await pool.execute([
            Statement("CREATE TABLE things (name TEXT, number INTEGER UNIQUE, rest TEXT)"), insert("it's", 1),
        ])
        await #expect(throws: DatabaseError.self) { try await pool.execute([insert("two", 2), insert("again", 1)]) }
        let (rows, mode) = try seen(in: "\(directory.path)/x.db")
        #expect(rows == [["name": "it's", "number": 1, "rest": nil]])
        #expect(mode == "wal")
        await pool.close()
    }

    /// A statement that has failed once is carried out the next time as if it had not.
    @Test func aFailureIsNotRemembered() async throws {
        let directory = TemporaryDirectory()
        let pool = DatabasePool(try DatabaseDSN("x", directory: directory.path), PoolSettings(connections: 1))
        let insert = { (number: Int64) in Statement("INSERT INTO things VALUES (?)", [.integer(number)]) }
        try await pool.execute([Statement("CREATE TABLE things (number INTEGER UNIQUE)"), insert(1)])
        for _ in 0..<2 {
            let error = await #expect(throws: DatabaseError.self) { try await pool.execute(insert(1)) }
            #expect(error?.kind == .uniqueViolation)
        }
        #expect(try await pool.execute(insert(2)).changes == 1)
        #expect(try await pool.query("SELECT * FROM things").count == 2)
        await pool.close()
    }

    /// Changes can be ended while reads go on; the connection serves others afterwards.
    @Test func changesAreEndedAndReadsAreNot() async throws {
        let directory = TemporaryDirectory()
        let pool = DatabasePool(try DatabaseDSN("x", directory: directory.path), PoolSettings(connections: 1))
        try await pool.execute("CREATE TABLE things (number INTEGER)")
        try await pool.forEachRow(of: "SELECT 1 AS one") { _ in #expect(pool.endChanges(because: "it is over") == 0) }
        let error = await #expect(throws: DatabaseError.self) {
            try await pool.transaction { transaction in
                try await transaction.execute("INSERT INTO things VALUES (1)")
                #expect(pool.endChanges(because: "it is over") == 1)
                try await transaction.execute("INSERT INTO things VALUES (2)")
            }
        }
        #expect(error?.kind == .conflict && error?.description == "it is over")
        #expect(error?.mayHaveExecuted == false && error?.isConnectionLost == false)
        #expect(try await pool.query("SELECT number FROM things").isEmpty)
        await pool.close()
    }

    /// What another program sees.
    private func seen(in path: String) throws -> (rows: [Row], mode: String?) {
        try DatabaseQueue(path: path).read { reader in
            (
                try Row.fetchAll(reader, sql: "SELECT * FROM things"),
                try String.fetchOne(reader, sql: "PRAGMA journal_mode")
            )
        }
    }

    /// Nobody else on the machine reads a new one; what an operator has shared stays so.
    @Test(arguments: [(UInt32?.none, UInt32(0o600)), (0o644, 0o644), (0o640, 0o640), (0o660, 0o660), (0o600, 0o600)])
    func nobodyElseReadsAFile(before: UInt32?, after: UInt32) async throws {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/x.db"
        if let before {
            try #require(LocalFile.makeEmpty(path, mode: 0o600))
            // Whatever the mask of the process is.
            try #require(chmod(path, before) == 0)
        }
        let pool = DatabasePool(try DatabaseDSN("x", directory: directory.path))
        try await pool.execute([Statement("CREATE TABLE things (name TEXT)")])
        for file in [path, "\(path)-wal", "\(path)-shm"] { #expect(LocalFile.permissions(file) == after) }
        await pool.close()
    }

    @Test func aFileThatCannotBeMade() async throws {
        let pool = DatabasePool(try DatabaseDSN("/nonexistent/x", directory: ""))
        let error = await #expect(throws: DatabaseError.self) { try await pool.query("SELECT 1") }
        #expect(error?.kind == .unavailable)
        #expect(error?.mayHaveExecuted == false)
        await pool.close()
    }
}
