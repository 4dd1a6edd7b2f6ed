import Database
import Glibc
import Migration

/// The database of the handler's benchmark: a file of its own, or an empty database that has its tables for a while.
struct BenchDatabase {
    /// How it is named, for a switch that opens it too.
    let name: String
    private let pool: DatabasePool
    /// The file that is made, where none is named.
    private let file: String?

    /// - Parameter name: A database without any of the tables; `nil` for a file.
    init(_ name: String?) throws {
        let directory = DirectoryOptions.absolute(".")
        let path = "\(directory)/bench-\(getpid()).db"
        file = name == nil ? path : nil
        self.name = name ?? "sqlite://\(path)"
        var limits = PoolSettings(connections: 4)
        limits.deadline = .seconds(60)
        pool = DatabasePool(try DatabaseDSN(self.name, directory: directory), limits)
    }

    /// What kind it is, for titles.
    var kind: String {
        switch pool.dialect {
        case .sqlite: "SQLite"
        case .postgreSQL: "PostgreSQL"
        case .mariaDB: "MariaDB"
        }
    }

    /// Makes the tables and their rows for `body`, and removes them.
    func whileFilled(_ body: (HandlerBenchTables) async throws -> String) async throws -> String {
        do {
            let setup = SchemaSetup(pool)
            guard try await setup.isNew() else {
                throw BenchError(description: "the database has such tables already: name an empty one")
            }
            let text: String
            do {
                _ = try await setup.run()
                text = try await body(try await HandlerBenchTables(pool))
            } catch {
                try? await setup.removeAll()
                throw error
            }
            try await setup.removeAll()
            await close()
            return text
        } catch {
            await close()
            throw error
        }
    }

    private func close() async {
        await pool.close()
        guard let file else { return }
        for suffix in ["", "-wal", "-shm"] { unlink(file + suffix) }
    }
}
