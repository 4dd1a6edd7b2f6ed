import GRDB
import TandemTesting
import Testing

import enum Database.DatabaseDSN
import struct Database.DatabaseError
import class Database.DatabasePool
import struct Database.Statement

/// Names of data sources, and SQLite behind them.
struct DatabaseTests {
    @Test(arguments: [
        ("core", "/db/core.db"), ("core.db", "/db/core.db"), ("/dev/shm/core.db", "/dev/shm/core.db"),
        ("sqlite://core", "/db/core.db"), ("sqlite:///dev/shm/core.db", "/dev/shm/core.db"), ("SQLite://x", "/db/x.db"),
    ])
    func files(dsn: String, path: String) throws {
        #expect(try DatabaseDSN(dsn, directory: "/db") == .sqlite(path: path))
    }

    /// What is wrong is said, and what can be used; what may be a password is not shown.
    @Test(arguments: [
        ("pgsql://hostaddr=192.0.2.1 password=secret", "pgsql:// is not supported in this version; sqlite://<file> is"),
        ("mariadb://Server=db;Pwd=secret", "mariadb:// is not supported in this version; sqlite://<file> is"),
        ("odbc://dsn:user:secret", "odbc:// is not supported in this version; sqlite://<file> is"),
        ("dsn:user:secret", "an ODBC data source is not supported in this version; sqlite://<file> is"),
        ("secret secret secret://x", "an ODBC data source is not supported in this version; sqlite://<file> is"),
        ("sqlite://", "a data source without a file's name"),
        ("sqlite://memory://x", "a database in memory cannot be read by other programs; sqlite://<file> is"),
    ])
    func refusals(dsn: String, reason: String) {
        #expect(throws: DatabaseError.self) { try DatabaseDSN(dsn, directory: "/db") }
        do throws(DatabaseError) {
            _ = try DatabaseDSN(dsn, directory: "/db")
        } catch {
            #expect(error.description == reason)
        }
    }

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

    /// What another program sees.
    private func seen(in path: String) throws -> (rows: [Row], mode: String?) {
        try DatabaseQueue(path: path).read { reader in
            (
                try Row.fetchAll(reader, sql: "SELECT * FROM things"),
                try String.fetchOne(reader, sql: "PRAGMA journal_mode")
            )
        }
    }

    @Test func aFileThatCannotBeMade() async throws {
        let pool = DatabasePool(try DatabaseDSN("/nonexistent/x", directory: ""))
        let error = await #expect(throws: DatabaseError.self) { try await pool.query("SELECT 1") }
        #expect(error?.kind == .unavailable)
        #expect(error?.mayHaveExecuted == false)
        await pool.close()
    }
}
