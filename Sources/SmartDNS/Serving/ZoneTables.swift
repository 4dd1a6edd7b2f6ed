import Database
import XMLConfig

/// The tables with data centers, zones, records and services (`tandem migrate init`).
struct ZoneTables: Sendable {
    private static let centers = ZoneTable(
        name: "smart_dns_data_centers",
        columns: ["name", "addresses", "probe", "draining"],
        order: ["position", "name"]
    )
    private static let zones = ZoneTable(
        name: "smart_dns_zones",
        columns: ["name", "name_servers", "mailbox", "serial", "ttl"],
        order: ["name"]
    )
    private static let records = ZoneTable(
        name: "smart_dns_records",
        columns: ["zone", "name", "type", "content", "ttl"],
        order: ["zone", "name", "type", "content", "record_uuid"]
    )
    private static let services = ZoneTable(
        name: "smart_dns_services",
        columns: ["zone", "name", "transports", "ttl"] + ServiceTransport.allCases.map { "port_\($0.rawValue)" },
        order: ["zone", "name"]
    )

    let source: any DataSource

    /// All rows that are enabled.
    func read() async throws(DatabaseError) -> ZoneRows {
        var rows = ZoneRows()
        let centers = try await Self.centers.rows(in: source, &rows.faults)
        let zones = try await Self.zones.rows(in: source, &rows.faults)
        let records = try await Self.records.rows(in: source, &rows.faults)
        let services = try await Self.services.rows(in: source, &rows.faults)
        rows.dataCenters = centers.map(Self.center)
        var contents: [String: [XMLNode]] = [:]
        for row in records { contents[ZoneRows.key(row["zone"] ?? ""), default: []].append(Self.record(row)) }
        for row in services { contents[ZoneRows.key(row["zone"] ?? ""), default: []].append(Self.service(row)) }
        for row in zones {
            let own = contents.removeValue(forKey: ZoneRows.key(row["name"] ?? "")) ?? []
            rows.zones.append(Self.zone(row, own))
        }
        rows.additions = contents.sorted { $0.key < $1.key }.map { name, children in
            XMLNode("zone", attributes: [("name", name)], children: children)
        }
        return rows
    }

    // MARK: - Elements

    private static func center(_ row: ZoneTable.Row) -> XMLNode {
        let others = ["probe", "draining"].compactMap { name in row[name].map { (name, $0) } }
        return row.element("data-center", ["name"], parameters: row.words("addresses").map { ("address", $0) } + others)
    }

    private static func zone(_ row: ZoneTable.Row, _ contents: [XMLNode]) -> XMLNode {
        let others = ["mailbox", "serial", "ttl"].compactMap { name in row[name].map { (name, $0) } }
        let servers = row.words("name_servers").map { ("name-server", $0) }
        return row.element("zone", ["name"], parameters: servers + others, contents)
    }

    private static func record(_ row: ZoneTable.Row) -> XMLNode {
        row.element("record", ["name", "type", "content", "ttl"])
    }

    private static func service(_ row: ZoneTable.Row) -> XMLNode {
        row.element("service", services.columns.filter { $0 != "zone" })
    }
}
