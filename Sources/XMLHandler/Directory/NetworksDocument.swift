import XMLConfig

/// The users who may call from certain networks, for access lists that name a domain.
struct NetworksDocument {
    static func sql(_ schema: Schema) -> String {
        """
        SELECT d.domain_name AS tenant_name, d.domain_enabled AS tenant_enabled, \
        \(schema.list("e", "v_extensions", ["extension", "cidr", "enabled"])) \
        FROM v_domains d LEFT JOIN v_extensions e ON e.domain_uuid = d.domain_uuid AND e.cidr <> ''
        """
    }

    let node: XMLNode

    init(_ rows: [TableRow]) {
        node = DomainUsers.document(rows) { row in
            guard row.isTrue("enabled"), let cidr = row.nonEmpty("cidr") else { return nil }
            return XMLNode(
                "user",
                [("id", TableText.safe(row.text("extension"))), ("cidr", TableText.safe(cidr))]
            )
        }
    }
}
