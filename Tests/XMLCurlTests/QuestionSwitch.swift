import Applications
import Base
import Commands
import DialplanXML
import Sofia
import SwitchCore
import Synchronization
import TandemTesting
import XMLConfig

@testable import XMLCurl

/// A switch on a simulated loop and network that a provider is asked by, which has nothing and notes every question.
final class QuestionSwitch {
    private static let address = IPAddress(v4: 0x0A00_0001)

    let loop = SimulatedLoop()
    let network: SimulatedNetwork
    let softswitch: Switch
    /// The forms of the questions while the modules were loaded.
    private(set) var formsAtStart: [String] = []
    private let notes = Notes()

    init() throws {
        let network = SimulatedNetwork(loop: loop, seed: 5)
        self.network = network
        softswitch = try Switch.simulated(
            on: loop,
            xml: Self.xml,
            ports: 47000...47500,
            modules: [
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(CommandsModule.self) { CommandsModule($0) { nil } },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(SofiaModule.self) { SofiaModule($0, transport: network, seed: 5) },
            ],
            seed: 5
        )
        for (name, value) in [
            ("hostname", "pbx1"), ("switchname", "pbx1"), ("local_ip_v4", "10.0.0.1"), ("local_ip_v6", "::1"),
        ] { softswitch.xml.globals[name] = value }
        notes.softswitch = softswitch
        let softswitch = softswitch
        softswitch.xml.bind(notes, named: "notes", to: Set(XMLSection.allCases))
        loop.run { try? await softswitch.modules.loadAll(into: softswitch) }
        formsAtStart = questions()
    }

    /// The forms of the questions since the last time.
    func questions() -> [String] {
        notes.forms.withLock { forms in
            defer { forms = [] }
            return forms
        }
    }

    /// Runs a command.
    func command(_ line: String) -> String {
        let softswitch = softswitch
        return loop.run { await softswitch.execute(command: line) } ?? "(no answer)"
    }

    func phone(_ user: String) -> SimulatedPhone {
        SimulatedPhone(
            on: network,
            server: IPEndpoint(Self.address, port: 5060),
            domain: "tenant1.example",
            user: user,
            password: "kV3qz8Rw",
            seed: UInt8(user.utf8.last ?? 0)
        )
    }

    // @unchecked: the switch is set before anybody asks, the forms are behind a lock.
    private final class Notes: XMLProvider, @unchecked Sendable {
        weak var softswitch: Switch?
        let forms = Mutex<[String]>([])

        func fetch(
            section: XMLSection,
            tag: String,
            key: String,
            value: String,
            parameters: [(String, String)]
        ) async -> XMLProviderAnswer {
            guard let softswitch else { return .notFound }
            let form = QuestionForm(
                host: softswitch.xml.globals["switchname"] ?? "",
                section: section,
                tag: tag,
                key: key,
                value: value,
                event: softswitch.eventFields(of: parameters)
            )
            forms.withLock { $0.append(form.text(keeping: [])) }
            return .notFound
        }
    }

    private static let xml = """
        <document type="freeswitch/xml">
          <section name="configuration">
            <configuration name="modules.conf"><modules>
              <load module="mod_commands"/><load module="mod_dptools"/><load module="mod_dialplan_xml"/>
              <load module="mod_sofia"/>
            </modules></configuration>
            <configuration name="acl.conf"><network-lists>
              <list name="domains" default="deny"><node type="allow" domain="tenant1.example"/></list>
            </network-lists></configuration>
            <configuration name="sofia.conf"><profiles><profile name="internal">
            <domains><domain name="all" parse="true"/><domain name="tenant1.example" parse="true"/></domains>
            <settings>
              <param name="sip-ip" value="10.0.0.1"/><param name="sip-port" value="5060"/>
              <param name="rtp-ip" value="127.0.0.1"/><param name="auth-calls" value="true"/>
              <param name="context" value="public"/>
            </settings></profile></profiles></configuration>
            <configuration name="ivr.conf"><menus>
              <menu name="menu" greet-long="silence_stream://10" timeout="100" max-failures="1" max-timeouts="1"/>
            </menus></configuration>
          </section>
          <section name="languages"><language name="en"><phrases><macros>
            <macro name="hello"><input pattern="(.*)"><match>
              <action function="play-file" data="silence_stream://10"/>
            </match></input></macro>
          </macros></phrases></language></section>
          <section name="dialplan">
            <context name="tenant1.example">
              <extension name="menu"><condition field="destination_number" expression="^1$">
                <action application="answer"/><action application="ivr" data="menu"/>
              </condition></extension>
              <extension name="phrase"><condition field="destination_number" expression="^2$">
                <action application="answer"/><action application="phrase" data="hello"/>
              </condition></extension>
              <extension name="user"><condition field="destination_number" expression="^(10..)$">
                <action application="bridge" data="user/$1@tenant1.example"/>
              </condition></extension>
            </context>
          </section>
          <section name="directory"><domain name="tenant1.example">
            <groups><group name="sales"><users>
              \(user("1000"))\(user("1001"))
            </users></group></groups>
          </domain></section>
        </document>
        """

    private static func user(_ id: String) -> String {
        """
        <user id="\(id)">
          <params>
            <param name="password" value="kV3qz8Rw"/>
            <param name="dial-string" value="${sofia_contact(*/${dialed_user}@${dialed_domain})}"/>
          </params>
          <variables><variable name="user_context" value="tenant1.example"/></variables>
        </user>
        """
    }
}
