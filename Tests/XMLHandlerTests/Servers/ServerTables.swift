import Database
import TandemTesting
import XMLHandler

/// A database of its own on a server, for one test.
struct ServerTables: ChangingTables {
    /// How it is named.
    let dsn: String
    private let name: String
    private let server: DatabaseServer
    private let pool: DatabasePool

    /// Gives an empty database to `body`, and drops it afterwards.
    static func with(_ server: DatabaseServer, _ body: (ServerTables) async throws -> Void) async throws {
        let tables = try await ServerTables(server)
        do {
            try await body(tables)
            try await tables.drop()
        } catch {
            try? await tables.drop()
            throw error
        }
    }

    private init(_ server: DatabaseServer) async throws {
        self.server = server
        name = "tandem\(UInt64.random(in: 0 ... .max))"
        dsn = try server.dsn(ofDatabase: name)
        try await Self.change(["CREATE DATABASE \(name)"], at: try server.dsn())
        pool = try Self.pool(dsn)
    }

    private func drop() async throws {
        await pool.close()
        // Whoever else is connected there is thrown out; MariaDB does that by itself.
        let force = server.choose(postgreSQL: " WITH (FORCE)", mariaDB: "")
        try await Self.change(["DROP DATABASE \(name)\(force)"], at: try server.dsn())
    }

    /// It has all the time in the world.
    private static func pool(_ dsn: String) throws -> DatabasePool {
        var settings = PoolSettings(connections: 2)
        settings.deadline = .seconds(600)
        return DatabasePool(try DatabaseDSN(dsn, directory: ""), settings)
    }

    private static func change(_ statements: [String], at dsn: String) async throws {
        let pool = try pool(dsn)
        do {
            for sql in statements { try await pool.execute(Statement(sql)) }
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
    }

    func rows(_ sql: String, _ values: [String?]) async throws -> [TableRow] {
        try await DatabaseTables(pool).rows(sql, values)
    }

    func change(_ statements: [String]) async throws {
        for sql in statements { try await pool.execute(Statement(sql)) }
    }

    /// The database as FusionPBX's `config.conf` has it.
    var fusionPBXSettings: String {
        get throws {
            """
            database.0.type = \(server.choose(postgreSQL: "pgsql", mariaDB: "mysql"))
            database.0.host = 127.0.0.1
            database.0.port = \(try server.port())
            database.0.name = \(name)
            database.0.username = tandem
            database.0.password = \(try DatabaseServer.password())
            database.0.sslmode = prefer
            """
        }
    }

    // MARK: - What fills it

    /// Carries a dump of PostgreSQL out, on one connection: it changes the settings of that.
    func restore(_ dump: PostgreSQLDump) async throws {
        var settings = PoolSettings(connections: 1)
        settings.deadline = .seconds(600)
        let pool = DatabasePool(try DatabaseDSN(dsn, directory: ""), settings)
        try await pool.execute(dump.statements.map { Statement($0) })
        await pool.close()
    }

    /// Makes a table with the rows that another database has of it.
    ///
    /// - Parameter value: What a value of a column becomes.
    func copy(
        _ table: String,
        columns: [(name: String, type: String)],
        from source: any TableSource,
        value: (String, String) -> String = { $1 }
    ) async throws {
        let definitions = columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
        try await change(["CREATE TABLE \(table) (\(definitions))"])
        let names = columns.map(\.name).joined(separator: ", ")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let rows = try await source.rows("SELECT \(names) FROM \(table)", [])
        try await pool.execute(
            rows.map { row in
                Statement(
                    "INSERT INTO \(table) (\(names)) VALUES (\(places))",
                    columns.map { column in row[column.name].map { .text(value(column.name, $0)) } ?? .null }
                )
            }
        )
    }
}
