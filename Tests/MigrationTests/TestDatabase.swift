import Database
import Glibc
import TandemTesting

/// An empty database of one test, of any kind.
struct TestDatabase {
    /// The kinds that this machine has: the servers only when they were started for the tests.
    static let kinds: [SQLDialect] = DatabaseServer.areThere ? SQLDialect.allCases : [.sqlite]

    /// The connections to it; they have all the time in the world.
    let pool: DatabasePool
    /// What it is called.
    let name: String

    /// Gives an empty database to `body`, and throws it away afterwards.
    static func with(_ kind: SQLDialect, _ body: (TestDatabase) async throws -> Void) async throws {
        guard let server = server(kind) else {
            let directory = TemporaryDirectory()
            let database = TestDatabase(try pool("sqlite://\(directory.path)/test.db"), "test.db")
            try await use(database, body)
            return withExtendedLifetime(directory) {}
        }
        let name = "tandem\(UInt64.random(in: 0 ... .max))"
        try await change("CREATE DATABASE \(name)", at: try server.dsn())
        let database = TestDatabase(try pool(try server.dsn(ofDatabase: name)), name)
        var failure: (any Error)?
        do { try await use(database, body) } catch { failure = error }
        try await change(
            "DROP DATABASE \(name)" + server.choose(postgreSQL: " WITH (FORCE)", mariaDB: ""),
            at: try server.dsn()
        )
        if let failure { throw failure }
    }

    private init(_ pool: DatabasePool, _ name: String) {
        (self.pool, self.name) = (pool, name)
    }

    private static func use(_ database: TestDatabase, _ body: (TestDatabase) async throws -> Void) async throws {
        do {
            try await body(database)
        } catch {
            await database.pool.close()
            throw error
        }
        await database.pool.close()
    }

    private static func server(_ kind: SQLDialect) -> DatabaseServer? {
        switch kind {
        case .sqlite: nil
        case .postgreSQL: .postgreSQL
        case .mariaDB: .mariaDB
        }
    }

    private static func pool(_ dsn: String) throws -> DatabasePool {
        var settings = PoolSettings(connections: 3)
        settings.deadline = .seconds(600)
        return DatabasePool(try DatabaseDSN(dsn, directory: ""), settings)
    }

    private static func change(_ sql: String, at dsn: String) async throws {
        let pool = try pool(dsn)
        do {
            try await pool.execute(Statement(sql))
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
    }

    // MARK: - What is in it

    /// Carries statements out, one by one.
    func change(_ statements: [String]) async throws {
        for sql in statements { try await pool.execute(Statement(sql)) }
    }

    /// All rows of a table as texts, in no order that depends on the kind of database.
    func rows(_ table: String, _ columns: String = "*") async throws -> [String] {
        try await pool.query(Statement("SELECT \(columns) FROM \(table)")).map { row in
            row.values.map { $0.text.map { "<\($0)>" } ?? "null" }.joined(separator: " ")
        }.sorted()
    }

    /// The names of the tables.
    func tables() async throws -> [String] {
        let sql =
            switch pool.dialect {
            case .sqlite: "SELECT name FROM sqlite_master WHERE type = 'table'"
            case .postgreSQL: "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
            case .mariaDB: "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
            }
        return try await pool.query(Statement(sql)).compactMap { $0["name"]?.text }.sorted()
    }
}
