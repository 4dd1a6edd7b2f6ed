import Database
import Synchronization
import TandemTesting
import Testing

@testable import Migration

/// `tandem migrate import-fusionpbx`, from a file of SQLite to another.
struct CopyTests {
    private static func settings(limit: Int? = nil) -> CopySettings {
        var settings = CopySettings()
        (settings.batchRows, settings.batchBytes, settings.statementValues) = (4, 200, 12)
        settings.batchLimit = limit
        return settings
    }

    private static func copy(_ source: TestDatabase, _ target: TestDatabase, limit: Int? = nil) -> DatabaseCopy {
        DatabaseCopy(from: source.pool, named: "source", to: target.pool, target.pool.dialect, settings(limit: limit))
    }

    private static func with(_ body: (TestDatabase, TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.with(.sqlite) { source in
            try await source.change(Sample.statements(.sqlite))
            try await TestDatabase.with(.sqlite) { try await body(source, $0) }
        }
    }

    @Test func copiesEverything() async throws {
        try await Self.with { source, target in
            let seen = Mutex<[CopyProgress]>([])
            let result = try await Self.copy(source, target).run { progress in seen.withLock { $0.append(progress) } }
            #expect(result.tables.map(\.name) == Sample.comparable.keys.sorted())
            #expect(try await Sample.contents(target) == Sample.contents(source))
            #expect(try await target.rows("v_xml_cdr") != [])
            let progress = seen.withLock { $0 }
            #expect(progress.last?.rows == progress.last?.total && progress.last?.total == 38)
            #expect(progress.map(\.rows) == progress.map(\.rows).sorted())
            let catalogue = try await DatabaseCatalogue.read(target.pool)
            #expect(catalogue["v_pairs"]?.key == ["a", "b"] && catalogue["v_extensions"]?.indexes == 2)
        }
    }

    /// It may end after any batch; in the end there is everything once.
    @Test(arguments: 0..<20)
    func goesOnAfterAnyBatch(_ limit: Int) async throws {
        try await Self.with { source, target in
            await #expect(throws: MigrationError.self) { try await Self.copy(source, target, limit: limit).run() }
            let before = try await target.rows("tandem_copies", "SUM(row_count)")
            // What is there is not touched again.
            let seen = Mutex<[CopyProgress]>([])
            _ = try await Self.copy(source, target).run { progress in seen.withLock { $0.append(progress) } }
            #expect(try await Sample.contents(target) == Sample.contents(source))
            let earlier = seen.withLock { $0.last?.earlier ?? -1 }
            #expect(before == (limit == 0 ? ["null"] : ["<\(earlier)>"]))
            let again = try await Self.copy(source, target).run()
            #expect(again.tables.map(\.rows).reduce(0, +) == 38)
            #expect(try await Sample.contents(target) == Sample.contents(source))
        }
    }

    /// One batch at a time, as often as it takes.
    @Test func goesOnAndOn() async throws {
        try await Self.with { source, target in
            var runs = 0
            var isDone = false
            while !isDone, runs < 100 {
                runs += 1
                do {
                    _ = try await Self.copy(source, target, limit: 1).run()
                    isDone = true
                } catch is MigrationError {}
            }
            #expect(isDone && runs > 15)
            #expect(try await Sample.contents(target) == Sample.contents(source))
        }
    }

    @Test func rehearsalChangesNothing() async throws {
        try await Self.with { source, target in
            let result = try await Self.copy(source, target).rehearse()
            #expect(result.tables.map(\.rows).reduce(0, +) == 38)
            #expect(try await target.tables().isEmpty)
            let without = DatabaseCopy(from: source.pool, named: "source", to: nil, .postgreSQL)
            #expect(try await without.rehearse().tables.count == 6)
            await #expect(throws: MigrationError.self) { try await without.run() }
        }
    }

    /// Tables that `init` has made get what is in the source, in their own types.
    @Test func fillsTablesThatAreThere() async throws {
        try await Self.with { source, target in
            _ = try await SchemaSetup(target.pool).run()
            try await source.change([
                "ALTER TABLE v_domains ADD COLUMN domain_color TEXT",
                "UPDATE v_domains SET domain_color = 'red', domain_enabled = 'false'",
            ])
            _ = try await Self.copy(source, target).run()
            #expect(try await target.rows("v_domains", "DISTINCT domain_enabled, domain_color") == ["<0> <red>"])
        }
    }

    // MARK: - Refusals

    @Test func refusesWhatIsNotEmpty() async throws {
        try await Self.with { source, target in
            _ = try await SchemaSetup(target.pool).run()
            try await target.change(["INSERT INTO v_gateways (gateway_uuid) VALUES ('a')"])
            _ = try await Self.copy(source, target).rehearse()
            try await target.change(["INSERT INTO v_domains (domain_uuid) VALUES ('a')"])
            for run in [Self.copy(source, target).rehearse, { try await Self.copy(source, target).run() }] {
                let error = await #expect(throws: MigrationError.self) { try await run() }
                #expect(error?.description.contains("v_domains") == true)
            }
        }
    }

    @Test func refusesAnotherSource() async throws {
        try await Self.with { source, target in
            _ = try await Self.copy(source, target).run()
            let other = DatabaseCopy(from: source.pool, named: "other", to: target.pool, .sqlite)
            await #expect(throws: MigrationError.self) { try await other.run() }
        }
    }

    @Test func refusesWhatIsNotFusionPBX() async throws {
        try await TestDatabase.with(.sqlite) { database in
            let copy = DatabaseCopy(from: database.pool, named: "source", to: nil, .sqlite)
            let error = await #expect(throws: MigrationError.self) { try await copy.rehearse() }
            #expect(error?.description.contains("v_domains") == true)
        }
    }

    /// A table of somebody else's is not changed.
    @Test func refusesForeignTables() async throws {
        try await Self.with { source, target in
            try await target.change(["CREATE TABLE v_domains (domain_uuid TEXT)"])
            await #expect(throws: MigrationError.self) { try await Self.copy(source, target).run() }
            let catalogue = try await DatabaseCatalogue.read(target.pool)
            #expect(catalogue["v_domains"]?.columns.count == 1)
        }
    }

    /// What cannot be kept is told.
    @Test func tellsWhatIsLost() async throws {
        try await Self.with { source, target in
            _ = try await SchemaSetup(target.pool).run()
            try await source.change(["UPDATE v_extensions SET call_timeout = 'soon', enabled = 'perhaps'"])
            await #expect(throws: MigrationError.self) { try await Self.copy(source, target, limit: 4).run() }
            let notes = try await Self.copy(source, target).run().notes.map(\.description)
            #expect(notes.contains { $0.contains("v_extensions.call_timeout: 25 values") })
            #expect(notes.contains { $0.contains("v_extensions.enabled: 25 values") })
        }
    }

    @Test func rowsWithoutAKeyInAKeyColumn() async throws {
        try await Self.with { source, target in
            try await source.change(["INSERT INTO v_extensions (extension) VALUES ('a'), ('b')"])
            _ = try await Self.copy(source, target).run()
            #expect(try await target.rows("v_extensions", "COUNT(*)") == ["<27>"])
        }
    }
}
