import Database
import Foundation
import TandemTesting
import Testing
import XMLConfig

@testable import Migration

/// Copies between all kinds of databases.
@Suite(.enabled(if: DatabaseServer.areThere)) struct ServerCopyTests {
    struct Way: Sendable, CustomTestStringConvertible {
        let from: SQLDialect
        let to: SQLDialect

        var testDescription: String { "\(from) to \(to)" }

        static let all = SQLDialect.allCases.flatMap { from in SQLDialect.allCases.map { Way(from: from, to: $0) } }
    }

    private static func settings(limit: Int? = nil) -> CopySettings {
        var settings = CopySettings()
        (settings.batchRows, settings.batchBytes, settings.statementValues) = (4, 200, 12)
        settings.batchLimit = limit
        return settings
    }

    private static func copy(_ source: TestDatabase, _ target: TestDatabase, _ settings: CopySettings) -> DatabaseCopy {
        DatabaseCopy(from: source.pool, named: "source", to: target.pool, target.pool.dialect, settings)
    }

    @Test(arguments: Way.all)
    func everyWay(_ way: Way) async throws {
        try await TestDatabase.with(way.from) { source in
            try await source.change(Sample.statements(way.from))
            try await TestDatabase.with(way.to) { target in
                // Cut off again and again, until it is done.
                for limit in [0, 1, 2, 5] {
                    await #expect(throws: MigrationError.self) {
                        try await Self.copy(source, target, Self.settings(limit: limit)).run()
                    }
                }
                let result = try await Self.copy(source, target, Self.settings()).run()
                #expect(result.notes.allSatisfy { $0.severity == .note }, "\(result.notes)")
                #expect(try await Sample.contents(target) == Sample.contents(source))
                try await Self.compareTypes(source, target)
            }
        }
    }

    /// Truths, decimals, moments and documents are what they were, in columns for them.
    private static func compareTypes(_ source: TestDatabase, _ target: TestDatabase) async throws {
        let catalogue = try await DatabaseCatalogue.read(target.pool)
        let kinds = ["domain_uuid": ColumnKind.uuid, "domain_enabled": .boolean, "insert_date": .timestamp]
        for (column, kind) in kinds { #expect(catalogue["v_domains"]?[column]?.kind == kind, "\(column)") }
        #expect(catalogue["v_xml_cdr"]?["details"]?.kind == .json)
        #expect(catalogue["v_xml_cdr"]?.key == ["xml_cdr_uuid"] && catalogue["v_pairs"]?.key == ["a", "b"])
        func values<Value>(_ column: String, _ table: String, _ read: (SQLValue) -> Value) async throws -> [[Value]] {
            var values: [[Value]] = []
            for database in [source, target] {
                let key = table == "v_domains" ? "domain_uuid" : "xml_cdr_uuid"
                let rows = try await database.pool.query(
                    Statement("SELECT \(column) AS it FROM \(table) ORDER BY \(key)")
                )
                values.append(rows.compactMap { $0["it"] }.map(read))
            }
            return values
        }
        let truths = try await values("domain_enabled", "v_domains", \.boolean)
        #expect(truths == [[true, false], [true, false]])
        let ratings = try await values("rating", "v_xml_cdr", \.real)
        #expect(ratings == [[4.125, 3], [4.125, 3]])
        let moments = try await values("insert_date", "v_domains") { $0.text.flatMap { TimestampText($0) } }
        #expect(moments[0] == moments[1] && moments[0].first??.microseconds == 250_000)
        let documents = try await values("details", "v_xml_cdr") { $0.text?.replacing(" ", with: "") }
        #expect(documents == [["{\"a\":1}", nil], ["{\"a\":1}", nil]])
    }

    /// FusionPBX's own rows come back as they were, after a way through all kinds.
    @Test(
        .enabled(if: SharedCorpus.folder("fusionpbx/golden") != nil, "no corpus"),
        arguments: PostgreSQLDump.Booleans.allCases
    )
    func thereAndBack(_ booleans: PostgreSQLDump.Booleans) async throws {
        let folder = try #require(SharedCorpus.folder("fusionpbx/golden"))
        let dumps = try ["schema.sql", "data.sql"].map { name in
            PostgreSQLDump(try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8), booleans)
        }
        try await TestDatabase.with(.postgreSQL) { first in
            // On one connection: it changes the settings of that, and puts them back at its end.
            try await first.pool.execute(dumps.flatMap(\.statements).map { Statement($0) } + ["RESET ALL"])
            try await TestDatabase.with(.mariaDB) { second in
                try await TestDatabase.with(.sqlite) { third in
                    try await TestDatabase.with(.postgreSQL) { last in
                        for (source, target) in [(first, second), (second, third), (third, last)] {
                            let result = try await Self.copy(source, target, CopySettings()).run()
                            #expect(result.notes.allSatisfy { $0.severity == .note }, "\(result.notes)")
                        }
                        for table in try await first.tables() {
                            let rows = try await first.rows("\(table) t", "CAST(t AS TEXT) AS line")
                            #expect(try await last.rows("\(table) t", "CAST(t AS TEXT) AS line") == rows, "\(table)")
                        }
                    }
                }
            }
        }
    }
}
