/// The one statement that finds the rows of a context, with the settings that decide among them.
///
/// `v_dialplans` is `p`, its tenant `d`, a number that leads to it `n`, and the tenant whose name the context is `c`.
struct DialplanQuery {
    let sql: String
    let values: [String?]

    init(_ question: DialplanQuestion, _ schema: Schema) {
        let rows = [
            "dialplan_uuid", "dialplan_name", "dialplan_context", "dialplan_xml", "dialplan_enabled", "dialplan_order",
            "domain_uuid", "hostname",
        ]
        let columns = "s.*, d.domain_enabled AS tenant_enabled, " + schema.list("p", "v_dialplans", rows)
        let settings = """
            (SELECT \(Self.setting("destinations", "dialplan_mode")) AS dialplan_mode, \
            \(Self.setting("dialplan", "destination")) AS number_source) s
            """
        let tenant = "LEFT JOIN v_domains d ON d.domain_uuid = p.domain_uuid"
        let order = "ORDER BY dialplan_order, dialplan_name, dialplan_uuid"
        guard question.isPublic else {
            let contexts = question.contexts
            sql = """
                SELECT \(columns), c.domain_name AS context_tenant, c.domain_enabled AS context_enabled \
                FROM \(settings) CROSS JOIN v_dialplans p \(tenant) LEFT JOIN v_domains c ON c.domain_name = ? \
                WHERE p.dialplan_context IN (\(TableReader.places(contexts.count))) \(order)
                """
            values = [question.context] + contexts.map { $0 }
            return
        }
        let candidates = Self.padded(DestinationNumber.candidates(for: question.numbers))
        let isCandidate =
            candidates.isEmpty ? "1 = 0" : "n.destination_number IN (\(TableReader.places(candidates.count)))"
        let ofNumber = DestinationNumber.columns.map { "NULL AS \($0)" }.joined(separator: ", ")
        // Each part by an index of its own: with OR in one condition, databases read the whole table. The part with numbers
        // comes first, whose columns have types.
        sql = """
            SELECT \(columns), n.dialplan_uuid AS numbered_dialplan, n.destination_enabled, \
            \(schema.list("n", "v_destinations", DestinationNumber.columns)) \
            FROM \(settings) CROSS JOIN v_destinations n JOIN v_dialplans p ON p.dialplan_uuid = n.dialplan_uuid \(tenant) \
            WHERE s.dialplan_mode = 'single' AND \(isCandidate) \
            UNION ALL SELECT \(columns), NULL AS numbered_dialplan, NULL AS destination_enabled, \(ofNumber) \
            FROM \(settings) CROSS JOIN v_dialplans p \(tenant) \
            WHERE s.dialplan_mode = 'single' AND p.domain_uuid IS NULL AND p.dialplan_context LIKE '%public%' \
            UNION ALL SELECT \(columns), NULL AS numbered_dialplan, NULL AS destination_enabled, \(ofNumber) \
            FROM \(settings) CROSS JOIN v_dialplans p \(tenant) \
            WHERE s.dialplan_mode <> 'single' AND p.dialplan_context = ? \(order)
            """
        values = candidates + [question.context]
    }

    /// How many places there are for candidates, or a multiple of it: callers choose how long numbers are, and databases
    /// keep a plan for each text of a statement.
    private static let places = 32

    private static func padded(_ candidates: [String]) -> [String] {
        guard let last = candidates.last else { return [] }
        return candidates + Array(repeating: last, count: (places - candidates.count % places) % places)
    }

    /// A default setting as a value that is never `NULL`.
    private static func setting(_ category: String, _ subcategory: String) -> String {
        """
        COALESCE((SELECT MAX(default_setting_value) FROM v_default_settings WHERE default_setting_category = \
        '\(category)' AND default_setting_subcategory = '\(subcategory)'), '')
        """
    }
}
