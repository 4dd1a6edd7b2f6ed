import XMLConfig

/// The users whom the directory of names lists or whose extension it tells.
struct NamesDocument {
    static func sql(_ schema: Schema) -> String {
        let columns = [
            "extension", "number_alias", "enabled", "directory_visible", "directory_exten_visible",
            "effective_caller_id_name", "directory_first_name", "directory_last_name",
        ]
        return """
            SELECT d.domain_name AS tenant_name, d.domain_enabled AS tenant_enabled, \
            \(schema.list("e", "v_extensions", columns)) \
            FROM v_domains d LEFT JOIN v_extensions e ON e.domain_uuid = d.domain_uuid
            """
    }

    let node: XMLNode

    init(_ rows: [TableRow]) {
        node = DomainUsers.document(rows) { row in
            guard row.isTrue("enabled"), row.isTrue("directory_visible") || row.isTrue("directory_exten_visible") else {
                return nil
            }
            var attributes = [("id", TableText.safe(row.text("extension")))]
            if let alias = row.nonEmpty("number_alias") { attributes.append(("number-alias", TableText.safe(alias))) }
            return XMLNode(
                "user",
                attributes,
                [
                    XMLNode("params", [], Self.params(row)),
                    XMLNode("variables", [], Self.variables(row)),
                ]
            )
        }
    }

    private static func params(_ row: TableRow) -> [XMLNode] {
        ["directory_visible", "directory_exten_visible"].compactMap { column in
            row.nonEmpty(column).map { _ in
                .param(column.replacing("_", with: "-"), row.truth(column))
            }
        }
    }

    private static func variables(_ row: TableRow) -> [XMLNode] {
        let values = [
            ("effective_caller_id_name", row.text("effective_caller_id_name")),
            ("directory_full_name", UserDocument.fullName(row)),
        ]
        return values.filter { !$0.1.isEmpty }.map { .variable($0.0, TableText.safe($0.1)) }
    }
}
