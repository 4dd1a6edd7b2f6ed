import Base
import XMLConfig

/// The call groups of a domain, and who is in them.
///
/// An extension names its groups, divided by commas.
struct GroupsDocument {
    static let sql = """
        SELECT d.domain_name AS tenant_name, d.domain_enabled AS tenant_enabled, e.extension, e.call_group, e.enabled \
        FROM v_domains d LEFT JOIN v_extensions e ON e.domain_uuid = d.domain_uuid \
        WHERE d.domain_name = ? ORDER BY e.extension
        """

    let node: XMLNode

    /// The groups that rows name; `nil` without a row, when there is no such domain.
    init?(_ rows: [TableRow]) {
        guard let domain = rows.first, domain.isTrue("tenant_enabled") else { return nil }
        var members: [String: [String]] = [:]
        for row in rows where row.isTrue("enabled") {
            for name in ListSplitter.split(row.text("call_group")) where !name.isEmpty {
                members[name, default: []].append(row.text("extension"))
            }
        }
        let groups = members.sorted { $0.key < $1.key }.map { name, extensions in
            let users = extensions.map { XMLNode("user", [("id", TableText.safe($0)), ("type", "pointer")]) }
            return XMLNode("group", [("name", TableText.safe(name))], [XMLNode("users", [], users)])
        }
        node = .answer(
            .directory,
            [
                XMLNode(
                    "domain",
                    [("name", TableText.safe(domain.text("tenant_name")))],
                    [XMLNode("groups", [], groups)]
                )
            ]
        )
    }
}
