import TandemTesting
import Testing
import XMLConfig
import XMLHandler

/// The recorded documents, from the same rows on servers.
@Suite(.enabled(if: GoldenCorpus.folder != nil, "no corpus"), .enabled(if: DatabaseServer.areThere))
struct ServerGoldenTests {
    private static let sections: [XMLSection] = [.directory, .dialplan, .configuration, .languages]

    /// The database that was recorded, as PostgreSQL dumped it.
    @Test(arguments: PostgreSQLDump.Booleans.allCases)
    func postgreSQL(_ booleans: PostgreSQLDump.Booleans) async throws {
        try await ServerTables.with(.postgreSQL) { tables in
            for dump in try GoldenCorpus.dump(booleans) { try await tables.restore(dump) }
            let comparison = try await GoldenComparison(tables, booleans)
            for section in Self.sections { try await comparison.compare(section) }
        }
    }

    /// The same rows, with MariaDB's types.
    @Test(arguments: PostgreSQLDump.Booleans.allCases)
    func mariaDB(_ booleans: PostgreSQLDump.Booleans) async throws {
        let source = try GoldenCorpus.tables(booleans)
        try await ServerTables.with(.mariaDB) { tables in
            for table in try GoldenCorpus.dump(booleans).flatMap(\.tables) {
                let columns = table.columns.map { (name: $0.name, type: Self.mariaDBType($0.type)) }
                try await tables.copy(table.name, columns: columns, from: source)
            }
            let comparison = try await GoldenComparison(tables, booleans)
            for section in Self.sections { try await comparison.compare(section) }
        }
    }

    private static func mariaDBType(_ type: String) -> String {
        switch type {
        // MariaDB's own type refuses some of FusionPBX's identifiers.
        case _ where type.hasPrefix("uuid"): "CHAR(36)"
        case "boolean": "BOOLEAN"
        case "numeric": "DECIMAL(20, 0)"
        default: "LONGTEXT"
        }
    }
}
