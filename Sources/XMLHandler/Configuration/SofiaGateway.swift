import XMLConfig

/// A gateway of a profile, which bears the name of its row.
struct SofiaGateway {
    static let sql = "SELECT * FROM v_gateways ORDER BY gateway, gateway_uuid"

    /// How a column becomes a parameter.
    private enum Kind {
        /// Where it is not empty.
        case text
        /// As it is, whatever its characters are.
        case secret
        /// Whatever it is.
        case always
        /// Where it is not `NULL`.
        case truth
        /// One of those that there are.
        case transport
    }

    /// The columns in the order of the parameters, whose names are theirs with dashes.
    private static let columns: [(column: String, kind: Kind)] = [
        ("username", .text), ("distinct_to", .truth), ("auth_username", .text), ("password", .secret),
        ("realm", .text), ("from_user", .text), ("from_domain", .text), ("proxy", .text), ("register_proxy", .text),
        ("outbound_proxy", .text), ("expire_seconds", .text), ("register", .truth), ("register_transport", .transport),
        ("contact_params", .always), ("retry_seconds", .text), ("extension", .text), ("ping", .text),
        ("ping_min", .text), ("ping_max", .text), ("contact_in_ping", .truth), ("context", .text),
        ("caller_id_in_from", .truth), ("supress_cng", .truth), ("extension_in_contact", .text),
    ]

    private static let transports: Set<String> = ["udp", "tcp", "tls"]

    private let row: TableRow

    init(_ row: TableRow) {
        self.row = row
    }

    var node: XMLNode {
        let params = Self.columns.compactMap { column, kind in
            value(column, kind).map { XMLNode.param(column.replacing("_", with: "-"), $0) }
        }
        let identity = row.nonEmpty("sip_cid_type").map { XMLNode.variable("sip_cid_type", TableText.safe($0)) }
        return XMLNode(
            "gateway",
            [("name", TableText.safe(row.text("gateway_uuid").lowercased()))],
            params + [XMLNode("variables", [], identity.map { [$0] } ?? [])]
        )
    }

    private func value(_ column: String, _ kind: Kind) -> String? {
        switch kind {
        case .text: row.nonEmpty(column).map { TableText.safe($0) }
        case .secret: row.nonEmpty(column)
        case .always: TableText.safe(row.text(column))
        case .truth: row.nonEmpty(column).map { _ in row.truth(column) }
        case .transport: Self.transports.contains(row.text(column)) ? row.text(column) : "udp"
        }
    }
}
