/// Settings with a value for a domain, or else the default one: `(category, subcategory, name)`.
struct TenantSettings {
    /// The name of a setting; its third part is the type of its value.
    struct Key: Hashable {
        let category: String
        let subcategory: String
        let type: String

        init(_ category: String, _ subcategory: String, _ type: String) {
            (self.category, self.subcategory, self.type) = (category, subcategory, type)
        }
    }

    private var values: [Key: String] = [:]

    /// The settings that rows hold, those of a domain before the default ones.
    init(_ rows: [TableRow]) {
        for row in rows where row.isTrue("is_enabled") {
            let key = Key(row.text("category"), row.text("subcategory"), row.text("type"))
            if values[key] == nil { values[key] = row.nonEmpty("value") }
        }
    }

    /// Reads settings, with one statement.
    static func read(_ keys: [Key], domain: String?, _ tables: TableReader) async throws -> TenantSettings {
        let subcategories = keys.map(\.subcategory)
        func selection(_ table: String, _ prefix: String, rank: Int) -> String {
            """
            SELECT \(rank) AS place, \(prefix)_category AS category, \(prefix)_subcategory AS subcategory, \
            \(prefix)_name AS type, \(prefix)_value AS value, \(prefix)_enabled AS is_enabled FROM \(table) \
            WHERE \(prefix)_subcategory IN (\(TableReader.places(subcategories.count)))
            """
        }
        var sql = selection("v_default_settings", "default_setting", rank: 2)
        var values: [String?] = subcategories
        if let domain {
            sql += " UNION ALL " + selection("v_domain_settings", "domain_setting", rank: 1) + " AND domain_uuid = ?"
            values += subcategories + [domain]
        }
        return TenantSettings(try await tables.rows(sql + " ORDER BY place", values))
    }

    /// The value of a setting, where it is set and enabled.
    subscript(key: Key) -> String? { values[key] }
}
