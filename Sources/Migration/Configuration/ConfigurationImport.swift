import Base
public import Database
public import XMLConfig

/// Brings a configuration tree into the tables of ``SchemaSetup``, so that the XML handler answers what the files said.
public struct ConfigurationImport: Sendable {
    private let output: ImportedRows
    /// What gateways are called now.
    let gateways: GatewayNames
    /// What menus are called now.
    let menus: MenuNames

    /// The rows of a tree that was read with all its includes.
    public init(_ root: XMLNode) {
        func section(_ name: String) -> XMLNode? { root.firstChild(named: "section", where: "name", equals: name) }
        func configuration(_ name: String) -> XMLNode? {
            section("configuration")?.firstChild(named: "configuration", where: "name", equals: name)
        }
        let profiles = ProfilesImport(configuration("sofia.conf"), into: ImportedRows())
        let directory = DirectoryImport(section("directory"), profiles.gateways, into: profiles.output)
        let domains = directory.domains
        let menus = MenusImport(
            configuration("ivr.conf"),
            domains: domains,
            profiles.gateways,
            into: directory.output
        )
        let queues = QueuesImport(configuration("callcenter.conf"), domains: domains, into: menus.output)
        let rooms = RoomsImport(
            conference: configuration("conference.conf"),
            translate: configuration("translate.conf"),
            into: queues.output
        )
        var output = rooms.output
        Self.addDialplan(section("dialplan"), profiles.gateways, menus.names, &output)
        Self.addAccessLists(configuration("acl.conf"), &output)
        Self.addStreams(configuration("local_stream.conf"), &output)
        (self.output, gateways, self.menus) = (output, profiles.gateways, menus.names)
    }

    /// What will not be the same.
    public var notes: [MigrationNote] { output.notes }

    /// How many rows each table gets.
    public var counts: [(table: String, rows: Int)] {
        Dictionary(grouping: output.rows, by: \.table).map { ($0.key, $0.value.count) }.sorted { $0.0 < $1.0 }
    }

    // MARK: - Reading

    /// How far apart the orders of extensions are, so that there is room between them.
    private static let step = 10

    private static func addDialplan(
        _ section: XMLNode?,
        _ gateways: GatewayNames,
        _ menus: MenuNames,
        _ output: inout ImportedRows
    ) {
        for context in section?.children ?? [] where context.name == "context" {
            let name = context[attribute: "name"] ?? ""
            if name.lowercased() == "global" {
                output.note(.warning("the context global is part of every context now, and stands in for none"))
            }
            for (index, node) in context.children.filter({ $0.name == "extension" }).enumerated() {
                let text = menus.replaced(in: gateways.replaced(in: node.description))
                let label = node[attribute: "name"] ?? ""
                if GatewayNames.hasOpenName(text) {
                    output.note(
                        .warning("extension \(label): its gateway is known in the call only: give it the new name")
                    )
                }
                output.add(
                    "v_dialplans",
                    key: "dialplan_uuid",
                    named: "\(name) \(index) \(label)",
                    isOrdered: true,
                    texts: [
                        "dialplan_context": name, "dialplan_name": label, "dialplan_xml": text,
                        "dialplan_order": String((index + 1) * step),
                    ],
                    truths: ["dialplan_enabled": true]
                )
            }
        }
    }

    /// The lists that the handler adds all domains to.
    private static let listsOfDomains = ["domains", "providers"]

    private static func addAccessLists(_ configuration: XMLNode?, _ output: inout ImportedRows) {
        for list in configuration?.first("network-lists")?.children ?? [] where list.name == "list" {
            let name = list[attribute: "name"] ?? ""
            let identifier = output.add(
                "v_access_controls",
                key: "access_control_uuid",
                named: name,
                texts: ["access_control_name": name, "access_control_default": list[attribute: "default"] ?? ""]
            )
            for (index, node) in list.children.enumerated() where node.name == "node" {
                guard let network = node.nonEmpty(attribute: "cidr") else {
                    if node.nonEmpty(attribute: "domain") == nil || !listsOfDomains.contains(name) {
                        output.note(.warning("access list \(name): nodes without cidr have no place in the tables"))
                    }
                    continue
                }
                if node.attributes.contains(where: { $0.name.hasPrefix("port") }) {
                    output.note(.warning("access list \(name): the ports of \(network) have no place in the tables"))
                }
                output.add(
                    "v_access_control_nodes",
                    key: "access_control_node_uuid",
                    named: "\(name) \(index)",
                    isOrdered: true,
                    texts: [
                        "access_control_uuid": identifier, "node_type": node[attribute: "type"] ?? "",
                        "node_cidr": network,
                    ]
                )
            }
        }
    }

    private static let streamParams: Set<String> = [
        "rate", "shuffle", "channels", "interval", "timer-name", "chime-list", "chime-freq", "chime-max",
    ]

    private static func addStreams(_ configuration: XMLNode?, _ output: inout ImportedRows) {
        for stream in configuration?.children ?? [] where stream.name == "directory" {
            var name = stream[attribute: "name"] ?? ""
            var texts = ["music_on_hold_path": stream[attribute: "path"] ?? ""]
            for param in stream.children where param.name == "param" {
                let key = param[attribute: "name"] ?? ""
                guard streamParams.contains(key) else {
                    output.note(.warning("stream \(name): \(key) has no place in the tables"))
                    continue
                }
                texts["music_on_hold_" + key.replacing("-", with: "_")] = param[attribute: "value"] ?? ""
            }
            if let rate = texts["music_on_hold_rate"], name.hasSuffix("/\(rate)") {
                name.removeLast(rate.count + 1)
            } else {
                output.note(.note("stream \(name): its name has its rate after it now"))
            }
            texts["music_on_hold_name"] = name
            output.add(
                "v_music_on_hold",
                key: "music_on_hold_uuid",
                named: "\(name) \(texts["music_on_hold_rate"] ?? "")",
                texts: texts
            )
        }
    }

    // MARK: - Writing

    /// Where it is recorded which rows came from files, so that the next import takes them out.
    private static let record = TableDefinition(
        "tandem_imports",
        columns: [.init(name: "table_name", kind: .text), .init(name: "row_key", kind: .uuid)],
        key: ["table_name", "row_key"]
    )

    /// What may be in the tables once.
    private static let names = [
        "v_domains": "domain_name", "v_sip_profiles": "sip_profile_name", "v_access_controls": "access_control_name",
        "v_dialplans": "dialplan_context", "v_conference_controls": "control_name",
        "v_conference_profiles": "profile_name", "v_number_translations": "number_translation_name",
    ]

    /// Puts the rows in, in the place of those of an earlier import: all of them, or nothing when it fails.
    public func write(to database: any DataSource) async throws {
        _ = try await SchemaSetup(database).run()
        try await MigrationError.describing("bringing the configuration in") {
            try await database.execute(Self.record.creation(database.dialect))
            let earlier = try await earlierRows(database)
            try await refuseOthers(database, earlier)
            var statements = earlier.map { row in
                Statement("DELETE FROM \(row.table) WHERE \(row.key) = ?", [.text(row.identifier)])
            }
            statements.append("DELETE FROM tandem_imports")
            for row in output.rows {
                let columns = [row.key] + row.values.map(\.column)
                let places = columns.map { _ in "?" }.joined(separator: ", ")
                let sql = "INSERT INTO \(row.table) (\(columns.joined(separator: ", "))) VALUES (\(places))"
                statements.append(Statement(sql, [.text(row.identifier)] + row.values.map(\.value)))
                statements.append(
                    Statement(
                        "INSERT INTO tandem_imports (table_name, row_key) VALUES (?, ?)",
                        [.text(row.table), .text(row.identifier)]
                    )
                )
            }
            try await database.execute(statements)
        }
    }

    private struct EarlierRow: Hashable {
        let table: String
        let key: String
        let identifier: String
    }

    private func earlierRows(_ database: any DataSource) async throws(DatabaseError) -> Set<EarlierRow> {
        let keys = Dictionary(FusionPBXTables.all.map { ($0.name, $0.key[0]) }) { first, _ in first }
        var rows: Set<EarlierRow> = []
        try await forEach(database, "SELECT table_name AS a, row_key AS b FROM tandem_imports") { table, key in
            if let column = keys[table] { rows.insert(EarlierRow(table: table, key: column, identifier: key)) }
        }
        return rows
    }

    /// Rows that somebody else has made under the same names would mix with these.
    private func refuseOthers(_ database: any DataSource, _ earlier: Set<EarlierRow>) async throws {
        for (table, column) in Self.names.sorted(by: { $0.key < $1.key }) {
            let ours = Set(
                output.rows.filter { $0.table == table }.compactMap { row in
                    row.values.first { $0.column == column }?.value.text
                }
            )
            guard let key = FusionPBXTables.all.first(where: { $0.name == table })?.key[0] else { continue }
            var others: Set<String> = []
            try await forEach(database, "SELECT \(column) AS a, \(key) AS b FROM \(table)") { name, identifier in
                let row = EarlierRow(table: table, key: key, identifier: identifier)
                if ours.contains(name), !earlier.contains(row) { others.insert(name) }
            }
            guard others.isEmpty else {
                let names = others.sorted().shortList
                throw MigrationError(
                    "\(table) has rows of others for \(names); nothing was changed: take them out first"
                )
            }
        }
    }

    private func forEach(
        _ database: any DataSource,
        _ sql: String,
        _ body: (String, String) -> Void
    ) async throws(DatabaseError) {
        for row in try await database.query(Statement(sql)) { body(row["a"]?.text ?? "", row["b"]?.text ?? "") }
    }
}
