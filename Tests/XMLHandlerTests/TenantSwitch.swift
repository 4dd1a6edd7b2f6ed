import Applications
import Base
import Commands
import DialplanXML
import Logging
import Sofia
import SwitchCore
import TandemTesting
import XMLConfig

@testable import XMLHandler

/// A switch on a simulated loop and network whose profile, users and dialplan are rows of FusionPBX's tables.
final class TenantSwitch {
    static let domain = "one.example"
    private static let address = IPAddress(v4: 0x0A00_0001)

    let tables: SmallTables
    let loop = SimulatedLoop()
    let network: SimulatedNetwork
    let softswitch: Switch

    /// A row of the dialplan.
    struct Dialplan {
        let name: String
        var context = TenantSwitch.domain
        let order: Int
        let xml: String
    }

    /// - Parameter dialplans: What the tenant has in the place of the few extensions that call its users.
    init(_ version: SmallTables.Version, dialplans: [Dialplan] = usual) throws {
        tables = try Self.rows(version, dialplans)
        let network = SimulatedNetwork(loop: loop, seed: 7)
        self.network = network
        softswitch = try Switch.simulated(
            on: loop,
            xml: """
                <document type="freeswitch/xml"><section name="configuration">
                  <configuration name="modules.conf"><modules>
                    <load module="mod_commands"/><load module="mod_dptools"/><load module="mod_dialplan_xml"/>
                    <load module="mod_sofia"/><load module="mod_hash"/><load module="mod_db"/>
                  </modules></configuration>
                </section></document>
                """,
            ports: 46000...46500,
            modules: [
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(CommandsModule.self) { CommandsModule($0) { nil } },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(HashModule.self) { HashModule($0) },
                ModuleEntry(DatabaseModule.self) { DatabaseModule($0) },
                ModuleEntry(SofiaModule.self) { SofiaModule($0, transport: network, seed: 7) },
            ],
            seed: 7
        )
        let handler = XMLHandler(tables.source, options: SmallTables.options)
        softswitch.xml.bind(
            TablesProvider(DocumentSource(handler, keeping: nil, tell: { _ in })),
            named: "tables",
            to: XMLHandler.sections
        )
        let softswitch = softswitch
        loop.run { try? await softswitch.modules.loadAll(into: softswitch) }
    }

    /// The answer of a command.
    func command(_ line: String) -> String {
        let softswitch = softswitch
        return loop.run { await softswitch.execute(command: line) } ?? "(no answer)"
    }

    func phone(_ user: String, password: String = "kV3qz8Rw") -> SimulatedPhone {
        SimulatedPhone(
            on: network,
            server: IPEndpoint(Self.address, port: 5060),
            domain: Self.domain,
            user: user,
            password: password,
            seed: UInt8(user.utf8.last ?? 0)
        )
    }

    // MARK: - Rows

    private static func rows(_ version: SmallTables.Version, _ dialplans: [Dialplan]) throws -> SmallTables {
        let tables = try SmallTables(version)
        try tables.insert(
            "v_sip_profiles",
            ["sip_profile_uuid": "S1", "sip_profile_name": "internal"],
            on: ["sip_profile_enabled"]
        )
        for (name, value) in [
            ("sip-ip", "10.0.0.1"), ("sip-port", "5060"), ("rtp-ip", "127.0.0.1"), ("auth-calls", "true"),
            ("context", "public"),
        ] {
            try tables.insert(
                "v_sip_profile_settings",
                [
                    "sip_profile_setting_uuid": name, "sip_profile_uuid": "S1", "sip_profile_setting_name": name,
                    "sip_profile_setting_value": value,
                ],
                on: ["sip_profile_setting_enabled"]
            )
        }
        try tables.insert(
            "v_domain_settings",
            [
                "domain_uuid": "D1", "domain_setting_category": "domain", "domain_setting_subcategory": "dial_string",
                "domain_setting_name": "text",
                "domain_setting_value":
                    "{leg_timeout=${call_timeout}}${sofia_contact(*/${dialed_user}@${dialed_domain})}",
            ],
            on: ["domain_setting_enabled"]
        )
        for number in ["1000", "1001"] {
            try tables.extension(
                number,
                [
                    "password": "kV3qz8Rw", "user_context": domain, "call_timeout": "30", "call_group": "sales,office",
                    "effective_caller_id_name": "Phone \(number)",
                ]
            )
        }
        for row in dialplans { try tables.dialplan(row.name, context: row.context, order: row.order, xml: row.xml) }
        try tables.dialplan("nobody", context: "public", order: 10, xml: "<extension name=\"x\"/>")
        return tables
    }

    static let usual = [
        Dialplan(name: "user_exists", order: 10, xml: isUser),
        Dialplan(name: "broken", order: 15, xml: "<extension name=\"a\""),
        Dialplan(name: "to_users", context: "${domain_name}", order: 20, xml: toUsers),
        Dialplan(name: "not_found", context: "global", order: 30, xml: notFound),
    ]

    private static let isUser = """
        <extension name="is_user" continue="true">
          <condition field="destination_number" expression="^(.+)$">
            <action application="set" data="is_user=${user_exists id $1 ${domain_name}}" inline="true"/>
          </condition>
        </extension>
        """

    private static let notFound = """
        <extension name="not_found">
          <condition field="destination_number" expression="^(.+)$"><action application="respond" data="404"/></condition>
        </extension>
        """

    private static let toUsers = """
        <extension name="to_users">
          <condition field="${is_user}" expression="^true$"/>
          <condition field="destination_number" expression="^(\\d+)$">
            <action application="set" data="call_timeout=${user_data $1@${domain_name} var call_timeout}"/>
            <action application="bridge" data="user/$1@${domain_name}"/>
          </condition>
        </extension>
        """
}
