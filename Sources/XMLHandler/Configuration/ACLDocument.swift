import XMLConfig

/// `acl.conf`: lists of networks.
///
/// The lists `domains` and `providers` also have the domains, so that users with networks of their own are let in.
struct ACLDocument {
    static let listsSQL = "SELECT * FROM v_access_controls ORDER BY access_control_name"
    static let nodesSQL = "SELECT * FROM v_access_control_nodes ORDER BY node_cidr, access_control_node_uuid"
    static let domainsSQL = """
        SELECT DISTINCT d.domain_name, d.domain_enabled, d.domain_description, e.enabled FROM v_domains d \
        JOIN v_extensions e ON e.domain_uuid = d.domain_uuid ORDER BY d.domain_name
        """

    /// The lists that have the domains.
    private static let listsOfDomains: Set<String> = ["domains", "providers"]

    let node: XMLNode

    /// - Parameter domains: The domains, once for each state that extensions of theirs are in.
    init(lists: [TableRow], nodes: [TableRow], domains: [TableRow]) {
        let domainNodes = domains.filter { $0.isTrue("domain_enabled") && $0.isTrue("enabled") }.map { row in
            Self.entry("allow", ("domain", row.text("domain_name")), row.text("domain_description"))
        }
        let nodes = Dictionary(grouping: nodes) { $0.text("access_control_uuid") }
        let children = lists.map { list in
            let name = list.text("access_control_name")
            var entries = (nodes[list.text("access_control_uuid")] ?? []).compactMap(Self.entry)
            if Self.listsOfDomains.contains(name) { entries += domainNodes }
            let attributes = [("name", name), ("default", list.text("access_control_default"))]
            return XMLNode("list", TableText.safe(attributes), entries)
        }
        node = .configuration("acl.conf", description: "Network Lists", [XMLNode("network-lists", [], children)])
    }

    /// A node of a network, or of a domain, as some versions have them; `nil` for one that names nothing.
    private static func entry(_ row: TableRow) -> XMLNode? {
        let places = [("cidr", row.text("node_cidr")), ("domain", row.text("node_domain"))]
        guard let place = places.first(where: { !$0.1.isEmpty }) else { return nil }
        return entry(row.text("node_type"), place, row.text("node_description"))
    }

    private static func entry(_ type: String, _ place: (String, String), _ description: String) -> XMLNode {
        let attributes = [("type", type), place, ("description", description)]
        return XMLNode("node", TableText.safe(attributes))
    }
}
