import Testing
import XMLConfig
import XMLHandler

/// The documents against those that FusionPBX's own handler gave for the same rows and questions.
///
/// What differs is here, each with its reason: the faults of the original that COMPATIBILITY.md says are mended.
@Suite(.enabled(if: GoldenCorpus.folder != nil)) struct GoldenTests {
    private static func tables(_ booleans: PostgreSQLDump.Booleans) throws -> SQLiteTables {
        let schema = PostgreSQLDump.statements(try GoldenCorpus.text("schema.sql"), booleans)
        let data = PostgreSQLDump.statements(try GoldenCorpus.text("data.sql"), booleans)
        return try SQLiteTables(schema + data)
    }

    private static let globals: [String: String] = {
        let lines = ((try? GoldenCorpus.text("globals.txt")) ?? "").split(separator: "\n")
        let pairs = lines.map {
            $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        }
        return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { first, _ in first }
    }()

    private static func options(_ name: String) -> HandlerOptions {
        var options = HandlerOptions(hostName: "pbx1") { "0.5" }
        options.globalVariable = { globals[$0] }
        options.registersAsNumberAlias = name.hasPrefix("18-")
        options.usesNumberAsPresenceID = !name.contains("presence_id-false")
        let recordings = "/var/lib/freeswitch/recordings/tenant1.example/"
        let files = name.contains("files-present") ? [recordings + "greet.wav", recordings + "bye.wav"] : []
        options.fileExists = { files.contains($0) }
        return options
    }

    /// What was changed in the tables or the options while a step of the recording ran.
    private static func changes(_ step: String) -> [String] {
        let setting = "UPDATE v_default_settings SET default_setting_value"
        return switch step {
        case _ where step.hasPrefix("34-"):
            ["\(setting) = 'multiple' WHERE default_setting_subcategory = 'dialplan_mode'"]
        case _ where step.contains("-sip_to_user"):
            ["\(setting) = '${sip_to_user}' WHERE default_setting_category = 'dialplan'"]
        case _ where step.contains("-sip_req_user"):
            ["\(setting) = '${sip_req_user}' WHERE default_setting_category = 'dialplan'"]
        case _ where step.hasPrefix("18-") && (step.contains("dial_string") || step.contains("fs_path")):
            ["DELETE FROM v_default_settings WHERE default_setting_subcategory = 'dial_string'"]
        case _ where step.contains("-callcenter-dynamic"):
            ["\(setting) = 'dynamic' WHERE default_setting_subcategory = 'queue_login'"]
        default: []
        }
    }

    @Test(
        arguments: [XMLSection.directory, .dialplan, .configuration, .languages],
        PostgreSQLDump.Booleans.allCases
    )
    func answers(_ section: XMLSection, _ booleans: PostgreSQLDump.Booleans) async throws {
        let tables = try Self.tables(booleans)
        let orders = try await tables.rows("SELECT dialplan_uuid, dialplan_order FROM v_dialplans", [])
            .map { ($0["dialplan_uuid"] ?? "", Double($0["dialplan_order"] ?? "") ?? 0) }
        let canonical = Canonical(
            orders: Dictionary(uniqueKeysWithValues: orders),
            leavesOutFalse: booleans == .text
        )
        let names = GoldenCorpus.names(section)
        #expect(!names.isEmpty)
        var wrong = 0
        for name in names {
            let handler = XMLHandler(tables, options: Self.options(name))
            try tables.change(["BEGIN"] + Self.changes(name))
            defer { try? tables.change(["ROLLBACK"]) }
            let question = try GoldenCorpus.question(name)
            let answer = try await handler.answer(question)
            let got = answer.document.map { canonical.text($0) } ?? "nothing"
            let wanted = GoldenDifferences.expected(name, canonical.recorded(GoldenCorpus.answer(name)))
            if (got == wanted) == GoldenDifferences.isMended(name) {
                wrong += 1
                Issue.record("\(name)\n\(Canonical.difference(wanted, got))")
            }
            if wrong > 12 { break }
        }
    }
}
