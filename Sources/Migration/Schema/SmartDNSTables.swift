/// The tables of the smart DNS: data centers, zones, records and services, beside those of its configuration.
///
/// What is `NULL` is as it is in the configuration where nothing is written; what is not said to be `enabled` is.
enum SmartDNSTables {
    /// All of them.
    static let all = [
        table("data_centers", key: ["name"], texts: "addresses probe", numbers: "position", booleans: "draining"),
        table("zones", key: ["name"], texts: "name_servers mailbox", numbers: "serial ttl"),
        table("records", key: ["record_uuid"], texts: "zone name type content", numbers: "ttl"),
        table(
            "services",
            key: ["zone", "name"],
            texts: "transports",
            numbers: "ttl port_udp port_tcp port_tls port_ws port_wss"
        ),
    ]

    private static func table(
        _ name: String,
        key: [String],
        texts: String,
        numbers: String,
        booleans: String = ""
    ) -> TableDefinition {
        let keys = key.map { TableDefinition.Column(name: $0, kind: $0.hasSuffix("_uuid") ? .uuid : .text) }
        let lists: [(String, ColumnKind)] = [
            (texts, .text), (numbers, .integer), (booleans + " enabled", .boolean), ("description", .text),
        ]
        let columns = lists.flatMap { names, kind in
            names.split(separator: " ").map { TableDefinition.Column(name: String($0), kind: kind) }
        }
        return TableDefinition("smart_dns_" + name, columns: keys + columns, key: key)
    }
}
