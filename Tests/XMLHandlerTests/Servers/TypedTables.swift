import TandemTesting
import XMLHandler

/// The tables of a test with the types that servers have for their columns.
struct TypedTables {
    private let tables: SmallTables
    private let server: DatabaseServer

    init(_ tables: SmallTables, _ server: DatabaseServer) {
        (self.tables, self.server) = (tables, server)
    }

    /// Short names in the place of the identifiers that a server has.
    struct Identifiers {
        fileprivate var names: [String: String] = [:]

        /// A text with the short names.
        func named(_ text: String) -> String {
            names.reduce(text) { $0.replacing($1.key, with: $1.value) }
        }

        fileprivate mutating func identifier(_ name: String) -> String {
            guard name.utf8.count != 36 else { return name }
            let digits = name.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            let padded = digits + String(repeating: "0", count: max(32 - digits.utf8.count, 0))
            var rest = padded[...]
            let identifier = [8, 4, 4, 4, 12].map { count in
                defer { rest = rest.dropFirst(count) }
                return String(rest.prefix(count))
            }.joined(separator: "-")
            names[identifier] = name
            return identifier
        }
    }

    /// Makes all of them on a server.
    func copy(to other: ServerTables) async throws -> Identifiers {
        var identifiers = Identifiers()
        for (table, columns) in tables.columns {
            try await other.copy(table, columns: columns.map { ($0, type($0)) }, from: tables.source) { column, value in
                column.hasSuffix("_uuid") ? identifiers.identifier(value) : value
            }
        }
        return identifiers
    }

    private static let booleans: Set<String> = [
        "enabled", "directory_visible", "directory_exten_visible", "do_not_disturb", "voicemail_local_after_email",
        "register", "queue_tier_rules_apply", "agent_record", "ivr_menu_direct_dial",
    ]
    private static let numbers: Set<String> = [
        "dialplan_order", "ivr_menu_option_order", "call_timeout", "agent_call_timeout", "tier_level", "tier_position",
        "music_on_hold_rate", "module_order",
    ]

    private func type(_ column: String) -> String {
        if column.hasSuffix("_uuid") { return server.choose(postgreSQL: "UUID", mariaDB: "CHAR(36)") }
        if Self.booleans.contains(column) || column.hasSuffix("_enabled") {
            return tables.version.hasBooleans ? "BOOLEAN" : "VARCHAR(5)"
        }
        return Self.numbers.contains(column) ? "NUMERIC" : "TEXT"
    }
}
