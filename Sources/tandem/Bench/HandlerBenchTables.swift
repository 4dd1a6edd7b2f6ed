import Base
import Database
import Synchronization
import XMLHandler

/// FusionPBX's tables as a large installation has them: 500 tenants, one of them with 1,000 extensions and 200 dialplan
/// entries.
final class HandlerBenchTables: TableSource {
    static let domain = "tenant0.example"
    static let domains = 500
    static let extensions = 1000
    static let dialplans = 200
    /// How many numbers lead to each tenant from outside, each by a row of the public context.
    static let numbers = 20
    private static let extensionsOfOthers = 10

    private let tables: DatabaseTables
    private let statements = Atomic<Int>(0)

    /// Fills them.
    init(_ database: any DataSource) async throws {
        tables = DatabaseTables(database)
        var batch: [Statement] = []
        for domain in 0..<Self.domains {
            batch += Self.tenant(domain)
            if batch.count > 2000 {
                try await database.execute(batch)
                batch = []
            }
        }
        for number in 0..<Self.dialplans { batch.append(Self.dialplan(number)) }
        for number in 0..<Self.domains * Self.numbers { batch += Self.called(number) }
        try await database.execute(batch)
        batch = (0..<Self.rowsOfEverybody).map { Self.ofEverybody($0) }
        batch += Self.callersTenant
        batch.append(
            Statement(
                """
                INSERT INTO v_default_settings (default_setting_uuid, default_setting_category, \
                default_setting_subcategory, default_setting_name, default_setting_value, default_setting_enabled) \
                VALUES (?, 'destinations', 'dialplan_mode', 'text', 'single', ?)
                """,
                [.text(Self.uuid(9, 0)), .boolean(true)]
            )
        )
        try await database.execute(batch)
    }

    /// How many statements were asked since the last call.
    func takeCount() -> Int { statements.exchange(0, ordering: .relaxed) }

    func rows(_ sql: String, _ values: [String?]) async throws -> [TableRow] {
        statements.add(1, ordering: .relaxed)
        return try await tables.rows(sql, values)
    }

    // MARK: - Rows

    /// An identifier that says whose it is.
    private static func uuid(_ kind: Int, _ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "\(kind)0000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    private static func tenant(_ domain: Int, named name: String? = nil) -> [Statement] {
        let name = name ?? "tenant\(domain).example"
        let count = domain == 0 ? extensions : extensionsOfOthers
        let own = Statement(
            "INSERT INTO v_domains (domain_uuid, domain_name, domain_enabled) VALUES (?, ?, ?)",
            [.text(uuid(1, domain)), .text(name), .boolean(true)]
        )
        return [own]
            + (0..<count).flatMap { number in
                let identifier = uuid(2, domain * extensions + number)
                return [
                    Statement(
                        """
                        INSERT INTO v_extensions (extension_uuid, domain_uuid, extension, password, accountcode, \
                        effective_caller_id_name, effective_caller_id_number, user_context, call_timeout, enabled) \
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 30, ?)
                        """,
                        [
                            .text(identifier), .text(uuid(1, domain)), .text("\(1000 + number)"), .text("kV3qz8Rw"),
                            .text("tenant\(domain)"), .text("Extension \(number)"), .text("\(1000 + number)"),
                            .text(name), .boolean(true),
                        ]
                    ),
                    Statement(
                        """
                        INSERT INTO v_voicemails (voicemail_uuid, domain_uuid, voicemail_id, voicemail_password, \
                        voicemail_mail_to, voicemail_enabled) VALUES (?, ?, ?, '1234', ?, ?)
                        """,
                        [
                            .text(uuid(3, domain * extensions + number)), .text(uuid(1, domain)),
                            .text("\(1000 + number)"), .text("u\(number)@tenant\(domain).example"), .boolean(true),
                        ]
                    ),
                ]
            }
    }

    /// One more tenant, whose dialplan a call walks through: that of ``TenantDialplan``.
    private static var callersTenant: [Statement] {
        tenant(domains, named: TenantDialplan.domain)
            + TenantDialplan.extensions.enumerated().map { number, xml in
                dialplan(dialplans + number, of: domains, TenantDialplan.domain, xml)
            }
    }

    private static func dialplan(_ number: Int) -> Statement {
        let xml = """
            <extension name="entry \(number)" continue="" uuid="\(uuid(4, number))">
            \t<condition field="destination_number" expression="^(\(7000 + number))$">
            \t\t<action application="set" data="ringback=${us-ring}"/>
            \t\t<action application="set" data="transfer_ringback=local_stream://default"/>
            \t\t<action application="export" data="call_direction=local" inline="true"/>
            \t\t<action application="bridge" data="user/\(1000 + number)@${domain_name}"/>
            \t</condition>
            </extension>
            """
        return dialplan(number, of: 0, domain, xml)
    }

    /// A number that is called from outside; the first is of the first tenant.
    static func calledNumber(_ number: Int) -> String { "\(15_550_000 + number)" }

    private static func called(_ number: Int) -> [Statement] {
        let row = dialplans + 1_000 + number
        let xml = """
            <extension name="\(calledNumber(number))" continue="false" uuid="\(uuid(4, row))">
            \t<condition field="destination_number" expression="^(\(calledNumber(number)))$">
            \t\t<action application="transfer" data="1000 XML tenant\(number / numbers).example"/>
            \t</condition>
            </extension>
            """
        return [
            dialplan(row, of: number / numbers, "public", xml),
            Statement(
                """
                INSERT INTO v_destinations (destination_uuid, domain_uuid, dialplan_uuid, destination_number, \
                destination_context, destination_enabled) VALUES (?, ?, ?, ?, 'public', ?)
                """,
                [
                    .text(uuid(5, number)), .text(uuid(1, number / numbers)), .text(uuid(4, row)),
                    .text(calledNumber(number)), .boolean(true),
                ]
            ),
        ]
    }

    private static let rowsOfEverybody = 3

    /// A row of the public context that is every tenant's.
    private static func ofEverybody(_ number: Int) -> Statement {
        let xml = """
            <extension name="everybody's \(number)" continue="true">
            \t<condition field="${call_direction}" expression="inbound">
            \t\t<action application="set" data="number_\(number)=true" inline="true"/>
            \t</condition>
            </extension>
            """
        return dialplan(dialplans + 100 + number, of: nil, "public", xml)
    }

    private static func dialplan(_ number: Int, of tenant: Int?, _ context: String, _ xml: String) -> Statement {
        Statement(
            """
            INSERT INTO v_dialplans (dialplan_uuid, domain_uuid, dialplan_context, dialplan_name, dialplan_order, \
            dialplan_enabled, dialplan_xml) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(uuid(4, number)), tenant.map { SQLValue.text(uuid(1, $0)) } ?? .null, .text(context),
                .text("entry \(number)"),
                .integer(Int64(number)), .boolean(true), .text(xml),
            ]
        )
    }
}
