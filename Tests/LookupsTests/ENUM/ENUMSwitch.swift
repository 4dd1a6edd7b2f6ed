import Applications
import DNSMessage
import DialplanXML
import Logging
import Loopback
import MediaEngine
import SwitchCore
import Synchronization
import TandemTesting
import XMLConfig

@testable import Lookups

/// A switch on a simulated loop whose names are a table.
final class ENUMSwitch {
    let loop = SimulatedLoop()
    let softswitch: Switch
    let log = LogCapture()

    /// The setting that names a server.
    static let server = #"<param name="nameserver" value="192.0.2.1"/>"#

    /// - Parameters:
    ///   - extensions: The context `default`.
    ///   - names: Who answers questions about names.
    ///   - settings: More settings of `enum.conf`; without a server, those of the machine are looked for in its file.
    ///   - resolverFile: That file.
    init(
        _ extensions: String = "",
        names: any NameAsking,
        settings: String = ENUMSwitch.server,
        resolverFile: String = "/nonexistent"
    ) throws {
        let log = log
        softswitch = try Switch.simulated(
            on: loop,
            xml: """
                <document type="freeswitch/xml">
                  <section name="configuration">
                    <configuration name="modules.conf"><modules>
                      <load module="mod_dptools"/><load module="mod_dialplan_xml"/><load module="mod_loopback"/>
                      <load module="mod_enum"/>
                    </modules></configuration>
                    \(Self.configuration("e164.arpa", settings))
                  </section>
                  <section name="dialplan"><context name="default">\(extensions)</context></section>
                </document>
                """,
            ports: 48000...48100,
            modules: [
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(LoopbackModule.self) { LoopbackModule($0) },
                ModuleEntry(ENUMModule.self) { ENUMModule($0, names: names, resolverFile: resolverFile) },
            ],
            logger: Logger(label: "test") { _ in log }
        )
        softswitch.xml.globals["use_profile"] = "out"
        let softswitch = softswitch
        loop.run { try? await softswitch.modules.loadAll(into: softswitch) }
    }

    /// A whole `enum.conf`.
    static func configuration(_ root: String, _ settings: String = "") -> String {
        """
        <configuration name="enum.conf">
          <settings><param name="default-root" value="\(root)"/>\(settings)</settings>
          <routes>
            <route service="E2U+sip" regex="sip:(.*)" replace="sofia/${use_profile}/$1"/>
            <route service="E2U+inside" regex="x:(.*)" replace="loopback/$1/default"/>
          </routes>
        </configuration>
        """
    }

    /// An extension with these actions.
    static func `extension`(_ number: String, _ actions: String, _ more: String = "") -> String {
        """
        <extension name="e\(number)"><condition field="destination_number" expression="^\(number)$">\(actions)</condition>
        \(more)</extension>
        """
    }

    /// The answer of a command.
    func command(_ line: String) -> String {
        let softswitch = softswitch
        return loop.run { await softswitch.execute(command: line) } ?? "(no answer)"
    }

    /// The answer of a command that waits for other threads.
    func answer(_ line: String) -> String {
        let softswitch = softswitch
        let answer = Mutex<String?>(nil)
        _ = loop.run {
            let text = await softswitch.execute(command: line)
            answer.withLock { $0 = text }
        }
        _ = loop.runUntil { answer.withLock { $0 != nil } }
        return answer.withLock { $0 } ?? "(no answer)"
    }

    /// A channel's variable, also after it ended.
    func variable(_ name: String, of session: Session) -> String? {
        loop.run { await session.variable(name) } ?? nil
    }
}
