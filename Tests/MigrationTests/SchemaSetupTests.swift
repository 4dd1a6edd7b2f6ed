import Database
import Foundation
import TandemTesting
import Testing
import XMLConfig

@testable import Migration
@testable import XMLHandler

/// `tandem migrate init`.
struct SchemaSetupTests {
    @Test(arguments: TestDatabase.kinds)
    func makesTheTablesOnce(_ kind: SQLDialect) async throws {
        try await TestDatabase.with(kind) { database in
            let setup = SchemaSetup(database.pool)
            let first = try await setup.run()
            #expect(first.applied.count == SchemaMigration.all.count && first.earlier == 0)
            try await database.change(["INSERT INTO v_domains (domain_uuid) VALUES ('\(Sample.uuid(1))')"])
            let second = try await setup.run()
            #expect(second.applied.isEmpty && second.earlier == SchemaMigration.all.count)
            #expect(try await database.rows("v_domains", "domain_uuid") == ["<\(Sample.uuid(1))>"])
            // What the description says is what the database has.
            let catalogue = try await DatabaseCatalogue.read(database.pool)
            for table in FusionPBXTables.all {
                let found = try #require(catalogue[table.name], "\(table.name)")
                #expect(found.key == table.key && found.indexes == table.indexes.count, "\(table.name)")
                #expect(found.columns.map(\.name) == table.columns.map(\.name))
                let scale = kind == .mariaDB ? 0 : nil
                let kinds = table.columns.map { $0.kind == .decimal(scale: 0) ? .decimal(scale: scale) : $0.kind }
                #expect(found.columns.map(\.kind) == kinds, "\(table.name)")
            }
        }
    }

    /// What was made is gone again, and nothing else.
    @Test(arguments: TestDatabase.kinds)
    func removesWhatItMakes(_ kind: SQLDialect) async throws {
        try await TestDatabase.with(kind) { database in
            let setup = SchemaSetup(database.pool)
            try await database.change(["CREATE TABLE others (number INTEGER)"])
            #expect(try await setup.isNew())
            _ = try await setup.run()
            #expect(try await !setup.isNew())
            try await setup.removeAll()
            #expect(try await database.tables() == ["others"])
            try await database.change(["CREATE TABLE v_gateways (gateway TEXT)"])
            #expect(try await !setup.isNew())
        }
    }

    /// A step that was cut off in the middle is carried out again.
    @Test(arguments: TestDatabase.kinds)
    func goesOn(_ kind: SQLDialect) async throws {
        try await TestDatabase.with(kind) { database in
            _ = try await SchemaSetup(database.pool).run()
            try await database.change(["DELETE FROM tandem_migrations WHERE number = 2", "DROP TABLE v_gateways"])
            try await database.change(["DELETE FROM tandem_migrations WHERE number = 1"])
            #expect(try await SchemaSetup(database.pool).run().applied.count == 2)
            #expect(try await database.tables().contains("v_gateways"))
        }
    }

    /// The XML handler finds all that it reads.
    @Test(arguments: TestDatabase.kinds)
    func servesTheHandler(_ kind: SQLDialect) async throws {
        #expect(Set(FusionPBXTables.all.map(\.name)) == Set(Schema.tables))
        try await TestDatabase.with(kind) { database in
            _ = try await SchemaSetup(database.pool).run()
            let handler = XMLHandler(DatabaseTables(database.pool), options: HandlerOptions(hostName: "pbx") { "0" })
            let names = ["acl", "sofia", "callcenter", "conference", "local_stream", "translate"]
            for name in names {
                let question = XMLQuestion(section: .configuration, value: "\(name).conf", fields: [])
                #expect(try await handler.answer(question).document != nil, "\(name)")
            }
            let fields = [("user", "1000"), ("domain", "example.com"), ("Hunt-Context", "public"), ("lang", "en")]
            for section in [XMLSection.directory, .dialplan, .languages] {
                _ = try await handler.answer(XMLQuestion(section: section, value: "", fields: fields))
            }
        }
    }

    /// FusionPBX's own database is left as it is, unless somebody says otherwise.
    @Test(arguments: TestDatabase.kinds)
    func leavesOthersAlone(_ kind: SQLDialect) async throws {
        try await TestDatabase.with(kind) { database in
            try await database.change(["CREATE TABLE v_domains (domain_uuid CHAR(36), domain_name TEXT)"])
            let error = await #expect(throws: MigrationError.self) { try await SchemaSetup(database.pool).run() }
            #expect(error?.description.contains("v_domains") == true)
            #expect(try await database.tables() == ["v_domains"])
        }
    }

    @Test func addsWhatIsMissing() async throws {
        try await TestDatabase.with(.sqlite) { database in
            try await database.change(["CREATE TABLE v_domains (domain_uuid TEXT, domain_name TEXT)"])
            _ = try await SchemaSetup(database.pool).run(changesOthers: true)
            #expect(try await database.tables().contains("v_gateways"))
            let catalogue = try await DatabaseCatalogue.read(database.pool)
            #expect(catalogue["v_domains"]?.columns.count == 2)
        }
    }

    @Test func refusesNewerTables() async throws {
        try await TestDatabase.with(.sqlite) { database in
            _ = try await SchemaSetup(database.pool).run()
            try await database.change(["INSERT INTO tandem_migrations (number, name) VALUES (999, 'later')"])
            await #expect(throws: MigrationError.self) { try await SchemaSetup(database.pool).run() }
        }
    }

    // MARK: - FusionPBX's own description

    /// No column is missing, none is ours.
    @Test(.enabled(if: SharedCorpus.folder("fusionpbx/schema.json") != nil, "no corpus"))
    func columns() throws {
        let path = try #require(SharedCorpus.folder("fusionpbx/schema.json"))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: Any]])
        for table in FusionPBXTables.all {
            let fields = try #require(object[table.name]?["fields"] as? [String: [String: Any]], "\(table.name)")
            let current = fields.filter { $0.value["deprecated"] == nil }.keys
            #expect(Set(table.columns.map(\.name)) == Set(current), "\(table.name)")
        }
    }
}
