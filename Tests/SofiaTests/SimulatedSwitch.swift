import Applications
import Base
import Commands
import DialplanXML
import Logging
import MediaEngine
import SIP
import SIPTransport
import SwitchCore
import Synchronization
import TandemTesting
import XMLConfig

@testable import Sofia

/// A whole switch on a simulated loop and network: one profile, some users in two domains, extensions that answer and park (5000),
/// refuse (5001, and after a second 5004), call users (1000 to 1009), and call themselves (5003).
final class SimulatedSwitch {
    /// Where the audio of the first switch is: many tests run at the same time.
    static let ports: ClosedRange<UInt16> = 20_000...25_998
    /// Where the switch is on the network, on port 5060.
    let address: IPAddress
    /// The domain of its users.
    let domain: String
    let loop: SimulatedLoop
    let network: SimulatedNetwork
    let softswitch: Switch
    private let made: Made

    /// What the module list has made.
    private final class Made: Sendable {
        let sofia = Mutex<SofiaModule?>(nil)
    }

    /// - Parameters:
    ///   - other: Another node of the same cluster, whose network and clock this one shares; it is one address further.
    ///   - settings: Parameters of the profile, over those that it has anyway.
    ///   - profileParts: Elements of the profile beside its settings.
    ///   - domainParts: Elements of the users' domain.
    ///   - actions: What the extension 5005 does.
    ///   - chatplan: What the chatplan's context `default` has; it has no chatplan when `nil`.
    init(
        seed: UInt64,
        beside other: SimulatedSwitch? = nil,
        conditions: NetworkConditions = NetworkConditions(),
        family: IPAddress.Family = .v4,
        settings: [String: String] = [:],
        profileParts: String = "",
        domainParts: String = "",
        actions: [(application: String, data: String)] = [],
        chatplan: String? = nil,
        log: LogCapture? = nil
    ) throws {
        let number: UInt64 = other == nil ? 1 : 2
        address =
            family == .v4 ? IPAddress(v4: 0x0A00_0000 + UInt32(number)) : IPAddress(v6: 0xFD00_0000_0000_0000, number)
        domain = family == .v4 ? "10.0.0.1" : "pbx.example"
        let xml = Self.xml(address, domain, settings, actions, (profileParts, domainParts), chatplan)
        let loop = other?.loop ?? SimulatedLoop()
        self.loop = loop
        network = other?.network ?? SimulatedNetwork(loop: loop, seed: seed, conditions: conditions)
        var logger = Logger(label: "test") { _ in log ?? SwiftLogNoOpLogHandler() as any LogHandler }
        logger.logLevel = log == nil ? .critical : .trace
        let transport = network
        let made = Made()
        self.made = made
        softswitch = try Switch.simulated(
            on: loop,
            xml: xml,
            ports: other == nil ? Self.ports : 26000...31998,
            modules: [
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(CommandsModule.self) { CommandsModule($0) { nil } },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(ChatplanModule.self) { ChatplanModule($0) },
                ModuleEntry(SofiaModule.self) { softswitch in
                    let module = SofiaModule(softswitch, transport: transport, seed: seed)
                    made.sofia.withLock { $0 = module }
                    return module
                },
            ],
            seed: seed,
            logger: logger
        )
    }

    /// Loads the modules on the simulated loop.
    func start() {
        let softswitch = softswitch
        loop.run { try? await softswitch.modules.loadAll(into: softswitch) }
    }

    /// The profile.
    var profile: Profile? { made.sofia.withLock { $0 }?.profile(named: "internal") }

    /// What a module reports for `status`.
    func gauge(_ name: String) -> Int {
        let gauge = softswitch.metrics[name]
        return loop.run { await gauge?.total() ?? -1 } ?? -1
    }

    /// The answer of a command.
    func command(_ line: String) -> String {
        let softswitch = softswitch
        return loop.run { await softswitch.execute(command: line) } ?? "(no answer)"
    }

    private static func xml(
        _ address: IPAddress,
        _ domain: String,
        _ settings: [String: String],
        _ actions: [(application: String, data: String)],
        _ parts: (profile: String, domain: String),
        _ chatplan: String?
    ) -> String {
        let defaults = [
            "sip-ip": "\(address)", "sip-port": "5060", "auth-calls": "true", "context": "default",
            "rtp-ip": address.family == .v4 ? "127.0.0.1" : "::1", "multiple-registrations": "contact",
        ]
        let parameters = defaults.merging(settings) { $1 }.sorted { $0.key < $1.key }
            .map { "<param name=\"\($0.key)\" value=\"\($0.value)\"/>" }.joined()
        let script = actions.map { "<action application=\"\($0.application)\" data=\"\($0.data)\"/>" }.joined()
        let texts: (load: String, rules: String) =
            chatplan.map { ("<load module=\"mod_sms\"/>", $0) } ?? ("", "")
        let users = (1000...1009).map { user in
            "<user id=\"\(user)\"><params><param name=\"password\" value=\"kV3qz8Rw\"/></params></user>"
        }.joined()
        return """
            <document type="freeswitch/xml">
              <section name="configuration">
                <configuration name="modules.conf"><modules>
                  <load module="mod_commands"/><load module="mod_dptools"/><load module="mod_dialplan_xml"/>
                  \(texts.load)<load module="mod_sofia"/>
                </modules></configuration>
                <configuration name="sofia.conf"><profiles><profile name="internal"><settings>
                  \(parameters)
                </settings>\(parts.profile)</profile></profiles></configuration>
              </section>
              <section name="dialplan"><context name="default">
                <extension name="park"><condition field="destination_number" expression="^5000$">
                  <action application="answer"/><action application="park"/>
                </condition></extension>
                <extension name="busy"><condition field="destination_number" expression="^5001$">
                  <action application="respond" data="486"/>
                </condition></extension>
                <extension name="late"><condition field="destination_number" expression="^5004$">
                  <action application="sleep" data="1000"/><action application="respond" data="486"/>
                </condition></extension>
                <extension name="script"><condition field="destination_number" expression="^5005$">
                  \(script)
                </condition></extension>
                <extension name="users"><condition field="destination_number" expression="^(100[0-9])$">
                  <action application="bridge" data="sofia/internal/$1%\(domain)"/>
                </condition></extension>
                <extension name="circle"><condition field="destination_number" expression="^5003$">
                  <action application="bridge" data="sofia/internal/5003@\(SIPHost("\(address)").text)"/>
                </condition></extension>
                <extension name="expressions"><condition field="destination_number" expression="global_setvar">
                  <action application="set" data="said=${destination_number} ${username} ${chan_name} ${rdnis}"/>
                  <action application="park"/>
                </condition></extension>
              </context><context name="elsewhere">
                <extension name="any"><condition><action application="park"/></condition></extension>
              </context><context name="outside">
                <extension name="users"><condition field="destination_number" expression="^(100[0-9])$">
                  <action application="transfer" data="$1 XML default"/>
                </condition></extension>
                <extension name="any"><condition><action application="park"/></condition></extension>
              </context></section>
              <section name="chatplan"><context name="default">\(texts.rules)</context></section>
              <section name="directory">
                <domain name="\(domain)">
                  <params><param name="dial-string" value="${sofia_contact(${dialed_user}@${dialed_domain})}"/></params>
                  \(users)<groups><group name="nobody"><users/></group></groups>\(parts.domain)
                </domain>
                <domain name="other.example">\(users)</domain>
              </section>
            </document>
            """
    }
}

extension SimulatedPhone {
    /// A phone of a user of the switch.
    convenience init(
        _ exchange: SimulatedSwitch,
        user: String = "1000",
        password: String = "kV3qz8Rw",
        over transport: SIPTransportKind = .udp,
        seed: UInt8
    ) {
        self.init(
            on: exchange.network,
            server: IPEndpoint(exchange.address, port: 5060),
            domain: exchange.domain,
            user: user,
            password: password,
            over: transport,
            seed: seed
        )
    }
}
