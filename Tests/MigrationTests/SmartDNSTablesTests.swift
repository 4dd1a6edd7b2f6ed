import DNSMessage
import Database
import DatabaseBalancer
import Logging
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import Migration
@testable import SmartDNS

/// Zones, data centers and services in tables.
struct SmartDNSTablesTests {
    private static let rows = [
        """
        INSERT INTO smart_dns_data_centers (name, position, addresses, probe, draining, enabled) VALUES
        ('dc2', 1, '192.0.2.2, 2001:db8::2', 'http://192.0.2.2:9282/readyz', TRUE, TRUE),
        ('dc1', 2, '192.0.2.1', NULL, NULL, NULL), ('dc9', 3, '192.0.2.9', NULL, FALSE, FALSE)
        """,
        """
        INSERT INTO smart_dns_zones (name, name_servers, mailbox, serial, ttl) VALUES
        ('Voice.example.', 'ns1 ns.other.', 'admin', 7, 600)
        """,
        """
        INSERT INTO smart_dns_records (record_uuid, zone, name, type, content, ttl) VALUES
        ('\(Sample.uuid(1))', 'voice.example', 'ns1', 'a', '192.0.2.53', 60),
        ('\(Sample.uuid(2))', 'file.example', 'text', 'TXT', 'a<b & "c"', NULL)
        """,
        """
        INSERT INTO smart_dns_services (zone, name, transports, ttl, port_udp) VALUES
        ('voice.example', 'sip', 'udp,tls', 20, 5080), ('file.example', 'tenant1', NULL, NULL, NULL)
        """,
    ]

    private static func tree(_ parameters: String = "", zone: Bool = true) throws -> XMLNode {
        let zones = """
            <zone name="file.example"><param name="name-server" value="ns1"/><param name="serial" value="1"/>
            <record name="ns1" type="A" content="192.0.2.53"/></zone>
            """
        let text = """
            <configuration name="smart_dns.conf"><settings><param name="listen-port" value="0"/>\(parameters)</settings>
            <data-centers><data-center name="dc0"><param name="address" value="192.0.2.10"/></data-center></data-centers>
            <zones>\(zone ? zones : "")</zones></configuration>
            """
        return try XMLDocument.parse(Array(text.utf8), named: "smart_dns.conf.xml")
    }

    private static func read(_ database: TestDatabase, zone: Bool = true) async throws -> SmartDNSConfiguration {
        var diagnostics: [Diagnostic] = []
        let rows = try await ZoneTables(source: database.pool).read()
        return try SmartDNSConfiguration(xml: tree(zone: zone), rows: rows, diagnostics: &diagnostics)
    }

    /// A copy of a database has them, too; `init` may have made the tables before.
    @Test(arguments: TestDatabase.kinds, [false, true])
    func areCopied(_ kind: SQLDialect, isPrepared: Bool) async throws {
        try await TestDatabase.with(.sqlite) { source in
            _ = try await SchemaSetup(source.pool).run()
            try await source.change(Self.rows)
            try await TestDatabase.with(kind) { target in
                if isPrepared { _ = try await SchemaSetup(target.pool).run() }
                let copy = DatabaseCopy(from: source.pool, named: "source", to: target.pool, target.pool.dialect)
                let notes = try await copy.run().notes.map(\.description)
                #expect(!notes.contains { $0.contains("smart_dns_") })
                for (table, columns) in [
                    ("smart_dns_data_centers", "name, position, addresses, probe"),
                    ("smart_dns_zones", "name, name_servers, mailbox, serial, ttl"),
                    ("smart_dns_records", "record_uuid, zone, name, type, content, ttl"),
                    ("smart_dns_services", "zone, name, transports, ttl, port_udp, port_tcp"),
                ] {
                    let expected = try await source.rows(table, columns)
                    #expect(!expected.isEmpty)
                    #expect(try await target.rows(table, columns) == expected)
                }
                #expect(try await Self.read(target).dataCenters == Self.read(source).dataCenters)
            }
        }
    }

    /// What tables say comes after what the tree says; what is not enabled does not count.
    @Test(arguments: TestDatabase.kinds)
    func areRead(_ kind: SQLDialect) async throws {
        try await TestDatabase.with(kind) { database in
            _ = try await SchemaSetup(database.pool).run()
            try await database.change(Self.rows)
            let read = try await Self.read(database)
            #expect(read.dataCenters.map(\.name) == ["dc0", "dc2", "dc1"])
            #expect(read.dataCenters.map(\.addresses.count) == [1, 2, 1])
            #expect(read.dataCenters.map(\.isDraining) == [false, true, false])
            #expect(read.dataCenters[1].probe != nil && read.dataCenters[2].probe == nil)
            let zones = read.zones.zones
            #expect(zones.map { "\($0.name)".lowercased() } == ["file.example.", "voice.example."])
            #expect(zones[1].authority.serial == 7 && zones[1].ttl == 600 && zones[1].nameServers.count == 2)
            let names = zones.map { zone in zone.steered.keys.map { "\($0)".lowercased() }.sorted() }
            #expect(
                names[0] == [
                    "_sip._tcp.tenant1.file.example.", "_sip._udp.tenant1.file.example.", "tenant1.file.example.",
                ]
            )
            #expect(names[1].contains("_sips._tcp.sip.voice.example."))
            guard case .service(let service)? = zones[1].steered.values.first(where: { $0.has(.a) }) else {
                Issue.record("there is no service")
                return
            }
            #expect(service.ttl == 20 && service.port(.udp) == 5080 && service.port(.tls) == 5061)
            // The copy on the disk says the same.
            let rows = try await ZoneTables(source: database.pool).read()
            #expect(try ZoneRows(text: Array(rows.text.utf8), named: "copy").text == rows.text)
        }
    }

    /// The same is refused as in the tree, and the row is named.
    @Test(arguments: [
        (
            "INSERT INTO smart_dns_data_centers (name, addresses) VALUES ('dns', '192.0.2.7')",
            "smart_dns_data_centers, row dns: error: a data center cannot be called dns"
        ),
        (
            "INSERT INTO smart_dns_data_centers (name, addresses) VALUES ('dc0', '192.0.2.7')",
            "smart_dns_data_centers, row dc0: error: there are two data centers dc0"
        ),
        (
            "INSERT INTO smart_dns_data_centers (name, addresses) VALUES ('dc7', '192.0.2')",
            "smart_dns_data_centers, row dc7: error: address is \"192.0.2\""
        ),
        (
            "INSERT INTO smart_dns_zones (name) VALUES ('x.example')",
            "smart_dns_zones, row x.example: error: zone x.example. has no name-server"
        ),
        (
            "INSERT INTO smart_dns_zones (name, name_servers) VALUES ('file.example', 'ns1')",
            "smart_dns_zones, row file.example: error: there are two zones file.example."
        ),
        (
            "INSERT INTO smart_dns_services (zone, name, transports) VALUES ('file.example', 'sip', 'smoke')",
            "smart_dns_services, row sip of file.example: error: transports are"
        ),
        (
            "INSERT INTO smart_dns_services (zone, name, port_ws) VALUES ('file.example', 'sip', 70000)",
            "smart_dns_services, row sip of file.example: error: port-ws is \"70000\""
        ),
        (
            "INSERT INTO smart_dns_services (zone, name) VALUES ('other.example', 'sip')",
            "smart_dns_services, row sip of other.example: error: there is no zone other.example"
        ),
        (
            "INSERT INTO smart_dns_records (record_uuid, zone, name, type, content) VALUES "
                + "('\(Sample.uuid(3))', 'file.example', 'w', 'A', '1.2.3')",
            "smart_dns_records, row w A of file.example: error: a record of type \"A\" cannot be \"1.2.3\""
        ),
        (
            "INSERT INTO smart_dns_records (record_uuid, zone, name, type, content) VALUES "
                + "('\(Sample.uuid(3))', 'file.example', 'w', 'TXT', '\u{1}')",
            "smart_dns_records, row w TXT of file.example: error: content is longer"
        ),
    ])
    func wrongRowsAreNamed(statement: String, expected: String) async throws {
        try await TestDatabase.with(.sqlite) { database in
            _ = try await SchemaSetup(database.pool).run()
            try await database.change([statement])
            let error = await #expect(throws: ConfigurationError.self) { try await Self.read(database) }
            #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
        }
    }

    /// A change counts once it is read twice; a wrong one changes nothing; without the database there is a copy.
    @Test func areFollowed() async throws {
        let directory = TemporaryDirectory()
        let dsn = "sqlite://\(directory.path)/tables.db"
        let pool = DatabasePool(try DatabaseDSN(dsn, directory: ""))
        _ = try await SchemaSetup(pool).run()
        for sql in Self.rows { try await pool.execute(Statement(sql)) }
        let parameters = """
            <param name="zones-dsn" value="\(dsn)"/><param name="zones-copy" value="\(directory.path)/copy"/>
            """
        let balancers = Balancers(directory: "") {
            []
        } report: { _, _ in
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        func live(_ tree: XMLNode) throws -> LiveConfiguration {
            try LiveConfiguration(tree, balancers, directory: "", logger: logger)
        }
        // Without its zone the tree is not whole: records and services of the tables are for one that is there.
        let tree = try Self.tree(parameters)
        let one = try live(tree)
        #expect(try await one.begin().dataCenters.map(\.name) == ["dc0", "dc2", "dc1"])
        let inForce = Mutex<[[String]]>([])
        let put: @Sendable (SmartDNSConfiguration) -> Void = { found in
            inForce.withLock { $0.append(found.dataCenters.map(\.name)) }
        }
        for _ in 0..<3 { await one.look(put) }
        #expect(inForce.withLock { $0 }.isEmpty)
        try await pool.execute(Statement("UPDATE smart_dns_data_centers SET enabled = TRUE WHERE name = 'dc9'"))
        await one.look(put)
        #expect(inForce.withLock { $0 }.isEmpty)
        await one.look(put)
        #expect(inForce.withLock { $0 } == [["dc0", "dc2", "dc1", "dc9"]])
        try await pool.execute(Statement("UPDATE smart_dns_data_centers SET addresses = 'here' WHERE name = 'dc1'"))
        for _ in 0..<3 { await one.look(put) }
        #expect(inForce.withLock { $0.count } == 1)
        // Another tree goes with the tables that are in force.
        try await one.replace(tree) { put($0) }
        #expect(inForce.withLock { $0.last } == ["dc0", "dc2", "dc1", "dc9"])
        await one.close()
        // What is wrong now was right once: a start takes that.
        let two = try live(tree)
        #expect(try await two.begin().dataCenters.map(\.name) == ["dc0", "dc2", "dc1", "dc9"])
        await two.close()
        await pool.close()
    }
}
