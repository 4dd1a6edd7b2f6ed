import XMLConfig

/// `callcenter.conf`: queues, agents, and which agents serve which queue.
struct CallCenterDocument {
    static let tiersSQL = """
        SELECT t.call_center_agent_uuid, t.tier_level, t.tier_position, q.queue_extension, d.domain_name AS tenant_name \
        FROM v_call_center_tiers t JOIN v_domains d ON d.domain_uuid = t.domain_uuid \
        JOIN v_call_center_queues q ON q.call_center_queue_uuid = t.call_center_queue_uuid \
        ORDER BY d.domain_name, q.queue_extension, t.tier_level, t.tier_position, t.call_center_tier_uuid
        """

    let options: HandlerOptions
    var queues: [TableRow] = []
    var agents: [TableRow] = []
    /// The extensions that agents are reached at.
    var extensions: [TableRow] = []
    /// Who serves which queue; `nil` when agents log in to queues themselves.
    var tiers: [TableRow]?

    init(options: HandlerOptions) {
        self.options = options
    }

    var node: XMLNode {
        let identifiers = Dictionary(
            extensions.map {
                (Place(tenant: $0.text("domain_uuid"), name: $0.text("extension")), $0.text("extension_uuid"))
            }
        ) { first, _ in first }
        var children = [
            XMLNode("settings", [], settings),
            XMLNode("queues", [], queues.map { CallCenterQueue($0, options).node }),
            XMLNode(
                "agents",
                [],
                agents.map { row in
                    let name = CallCenterAgent.extensionName(in: row.text("agent_contact")) ?? ""
                    let identifier = identifiers[Place(tenant: row.text("domain_uuid"), name: name)] ?? ""
                    return CallCenterAgent(row, extensionIdentifier: identifier, options).node
                }
            ),
        ]
        if let tiers { children.append(XMLNode("tiers", [], tiers.map(Self.tier))) }
        return .configuration("callcenter.conf", description: "Call Center", children)
    }

    private struct Place: Hashable {
        let tenant: String
        let name: String
    }

    private var settings: [XMLNode] {
        let sources = ["dsn_callcenter", "dsn"].compactMap { options.globalVariable?($0) }.filter { !$0.isEmpty }
        return sources.prefix(1).map { .param("odbc-dsn", TableText.safe($0)) }
            + [.param("cc-instance-id", options.hostName)]
    }

    private static func tier(_ row: TableRow) -> XMLNode {
        let domain = row.text("tenant_name")
        let attributes = [
            ("agent", row.text("call_center_agent_uuid")), ("queue", "\(row.text("queue_extension"))@\(domain)"),
            ("domain_name", domain), ("level", row.text("tier_level")), ("position", row.text("tier_position")),
        ]
        return XMLNode("tier", TableText.safe(attributes))
    }
}
