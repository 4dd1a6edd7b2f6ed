import TandemTesting
import Testing
import XMLConfig
import XMLHandler

/// Tables that a test changes.
protocol ChangingTables: TableSource {
    func change(_ statements: [String]) async throws
}

/// Compares documents made of some tables with the recorded ones.
///
/// What differs is in ``GoldenDifferences``, to the letter and with its reason: the faults of the original that
/// COMPATIBILITY.md says are mended.
struct GoldenComparison {
    let tables: any ChangingTables
    let canonical: Canonical

    /// For the rows of the recording in some database.
    init(_ tables: any ChangingTables, _ booleans: PostgreSQLDump.Booleans) async throws {
        self.tables = tables
        try await tables.change(Self.changed.map { "CREATE TABLE kept_\($0) AS SELECT * FROM \($0)" })
        let orders = try await tables.rows("SELECT dialplan_uuid, dialplan_order FROM v_dialplans", [])
            .map { ($0["dialplan_uuid"] ?? "", Double($0["dialplan_order"] ?? "") ?? 0) }
        canonical = Canonical(
            orders: Dictionary(uniqueKeysWithValues: orders),
            leavesOutFalse: booleans != .real
        )
    }

    /// The tables that some steps change.
    private static let changed = ["v_default_settings", "v_sip_profiles", "v_ivr_menus"]
    /// Their rows are put back after each step that changed them.
    private static let asBefore = changed.flatMap {
        ["DELETE FROM \($0)", "INSERT INTO \($0) SELECT * FROM kept_\($0)"]
    }

    /// How many documents that are wrong are shown.
    static let limit = 12

    /// Asks everything that was asked of a section.
    func compare(_ section: XMLSection) async throws {
        let names = GoldenCorpus.names(section)
        #expect(!names.isEmpty)
        var changes: [String] = []
        var wrong = 0
        for name in names where wrong < Self.limit {
            try await prepare(name, &changes)
            let handler = XMLHandler(tables, options: Self.options(name))
            let answer = try await handler.answer(try GoldenCorpus.question(name))
            let got = answer.document.map { canonical.text($0) } ?? Canonical.nothing
            let wanted = self.wanted(name)
            if got != wanted {
                wrong += 1
                Issue.record("\(name)\n\(Canonical.difference(wanted, got))")
            }
        }
        try await putBack()
    }

    /// The recorded answer to a question, without the faults.
    func wanted(_ name: String) -> String {
        GoldenDifferences.written(canonical.recorded(GoldenDifferences.answer(name, GoldenCorpus.answer(name))))
    }

    /// Makes the tables those of a step.
    ///
    /// - Parameter changes: What was changed for the step before.
    func prepare(_ name: String, _ changes: inout [String]) async throws {
        guard changes != Self.changes(name) else { return }
        changes = Self.changes(name)
        try await tables.change(Self.asBefore + changes)
    }

    /// Makes the tables those that were recorded.
    func putBack() async throws {
        try await tables.change(Self.asBefore)
    }

    // MARK: - What a step of the recording was made with

    static let globals: [String: String] = {
        let lines = ((try? GoldenCorpus.text("globals.txt")) ?? "").split(separator: "\n")
        let pairs = lines.map {
            $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        }
        return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { first, _ in first }
    }()

    static func options(_ name: String) -> HandlerOptions {
        var options = HandlerOptions(hostName: "pbx1") { "0.5" }
        options.globalVariable = { globals[$0] }
        options.registersAsNumberAlias = name.hasPrefix("18-")
        options.usesNumberAsPresenceID = !name.contains("presence_id-false")
        let recordings = "/var/lib/freeswitch/recordings/tenant1.example/"
        let files = name.contains("files-present") ? [recordings + "greet.wav", recordings + "bye.wav"] : []
        options.fileExists = { files.contains($0) }
        return options
    }

    /// What was changed in the tables while a step ran.
    static func changes(_ step: String) -> [String] {
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
        case _ where step.contains("-one-setting-profile"):
            // As another one is, however the database writes that.
            [
                """
                UPDATE v_sip_profiles SET sip_profile_enabled = (SELECT p.sip_profile_enabled FROM \
                (SELECT * FROM v_sip_profiles) p WHERE p.sip_profile_name = 'internal') WHERE sip_profile_name = 'aone'
                """
            ]
        case _ where step.contains("-ivr-files-present"):
            [
                """
                UPDATE v_ivr_menus SET ivr_menu_exit_sound = 'bye.wav' \
                WHERE ivr_menu_uuid = '17000000-0000-4000-8000-000000000001'
                """
            ]
        default: []
        }
    }
}
