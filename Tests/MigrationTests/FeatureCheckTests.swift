import ConfigurationCheck
import Database
import Testing
import XMLConfig
import XMLHandler

@testable import Migration

/// What the report says will not work the same.
struct FeatureCheckTests {
    private static let known = KnownNames(
        modules: ["mod_sofia"],
        applications: [("answer", false)],
        commands: [],
        endpoints: ["user"],
        dialplans: ["XML"],
        configurations: ["sofia.conf", "acl.conf", "modules.conf"]
    )

    @Test func namesWhatIsMissing() async throws {
        try await TestDatabase.with(.sqlite) { database in
            _ = try await SchemaSetup(database.pool).run()
            func action(_ application: String) -> String {
                "<extension name=\"e\"><condition><action application=\"\(application)\" data=\"x\"/></condition></extension>"
            }
            let texts = [action("answer"), action("lua"), action("lua"), "<extension", ""]
            for (index, text) in texts.enumerated() {
                try await database.pool.execute(
                    Statement(
                        "INSERT INTO v_dialplans (dialplan_uuid, dialplan_name, dialplan_context, dialplan_xml) VALUES (?, ?, ?, ?)",
                        [.text(Sample.uuid(index)), .text("n\(index)"), .text("default"), .text(text)]
                    )
                )
            }
            try await database.change([
                "CREATE TABLE v_vars (var_name TEXT)",
                "CREATE TABLE v_modules (module_name TEXT, module_enabled TEXT)",
                "INSERT INTO v_modules VALUES ('mod_sofia', 'true'), ('mod_lua', 'true'), ('mod_say_de', 'false')",
            ])
            let check = FeatureCheck(database.pool, known: Self.known, options: HandlerOptions(hostName: "pbx") { "0" })
            let notes = try await check.run().map(\.description)
            #expect(notes.contains { $0.contains("\"lua\"") && $0.contains("2 times") && $0.contains("\"n1\"") })
            #expect(notes.contains { $0.contains("not XML") && $0.contains("\"n3\"") })
            #expect(notes.contains { $0.contains("mod_lua") })
            #expect(!notes.contains { $0.contains("answer") || $0.contains("mod_sofia") || $0.contains("mod_say_de") })
            #expect(notes.last?.contains("v_vars") == true)
            #expect(notes.last?.contains("v_modules") == false)
        }
    }

    @Test func report() {
        var result = DatabaseCopy.Result()
        result.tables = [
            .init(name: "v_domains", rows: 2, isNew: true), .init(name: "v_empty", rows: 0, isNew: true),
            .init(name: "v_xml_cdr", rows: 1_234_567, isNew: true),
        ]
        let notes = [MigrationNote.note("a"), .warning("b"), MigrationNote(.error, "c")]
        #expect(
            MigrationReport(result, notes: notes, isRehearsal: false).text == """
                v_domains             2
                v_xml_cdr     1,234,567

                1,234,569 rows of 3 tables are in the target

                what is not the same:
                error: c
                warning: b
                note: a

                """
        )
        #expect(MigrationReport(result, notes: [], isRehearsal: true).text.hasSuffix("nothing was changed\n"))
    }
}
