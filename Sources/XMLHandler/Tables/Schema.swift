import Database

/// Which of FusionPBX's tables and columns a database has.
///
/// Versions differ: a column that one of them does not have reads as `NULL`, and booleans, which were texts once, are
/// told apart when a row is read (``TableRow/isTrue(_:)``). So the statements are the same for all of them.
struct Schema: Sendable {
    private let columns: [String: Set<String>]

    /// A database with these tables.
    init(columns: [String: Set<String>]) {
        self.columns = columns
    }

    /// The tables that documents are made of.
    static let tables = [
        "v_domains", "v_domain_settings", "v_default_settings", "v_users", "v_extensions", "v_extension_users",
        "v_extension_settings", "v_follow_me", "v_voicemails", "v_dialplans", "v_destinations", "v_access_controls",
        "v_access_control_nodes", "v_sofia_global_settings", "v_sip_profiles", "v_sip_profile_settings",
        "v_sip_profile_domains", "v_gateways", "v_call_center_queues", "v_call_center_agents", "v_call_center_tiers",
        "v_conference_controls", "v_conference_control_details", "v_conference_profiles",
        "v_conference_profile_params", "v_ivr_menus", "v_ivr_menu_options", "v_music_on_hold",
        "v_number_translations", "v_number_translation_details", "v_phrases", "v_phrase_details",
    ]

    /// Tables that FusionPBX's pages alone fill; documents do without them, also where they may not be read.
    static let tablesOfPages = [MenuRecordings.table, "v_modules"]

    /// The tables without which it is not FusionPBX's database.
    private static let required = ["v_domains", "v_extensions", "v_dialplans"]

    /// Looks at a database.
    static func probe(_ source: any TableSource) async throws -> Schema {
        var columns: [String: Set<String>] = [:]
        for table in tables + tablesOfPages {
            do {
                // One row of nothing, whatever the table holds, so that there are columns to look at.
                let sql = "SELECT t.* FROM (SELECT 1 AS one) o LEFT JOIN \(table) t ON 1 = 0"
                columns[table] = Set(try await source.rows(sql, []).first?.columns.map { $0 } ?? [])
            } catch let error as DatabaseError where error.kind == .refused && tablesOfPages.contains(table) {
                // A user who was let read what documents were made of once goes without what has come since.
                continue
            } catch let error as DatabaseError where error.kind != .statement {
                // Whether the table is there is not known.
                throw error
            } catch {
                // Most versions lack some tables, none lacks these.
                if required.contains(table) { throw error }
            }
        }
        return Schema(columns: columns)
    }

    /// Whether there is a table.
    func has(_ table: String) -> Bool { columns[table] != nil }

    /// Whether a table has a column.
    func has(_ table: String, _ column: String) -> Bool { columns[table]?.contains(column) == true }

    /// Columns for a statement to select, under their names; `NULL` in the place of those that are not there.
    func list(_ alias: String, _ table: String, _ names: [String]) -> String {
        names.map { has(table, $0) ? "\(alias).\($0) AS \($0)" : "NULL AS \($0)" }.joined(separator: ", ")
    }
}
