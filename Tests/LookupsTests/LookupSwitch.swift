import Applications
import Commands
import DatabaseBalancer
import DialplanXML
import Logging
import Loopback
import SwitchCore
import Synchronization
import TandemTesting
import XMLConfig

@testable import Lookups

/// A switch without a network on a simulated loop, with the modules that look something up; its calls are loopback
/// channels.
final class LookupSwitch {
    /// What the application `note` was given.
    private final class Notes: Sendable {
        let texts = Mutex<[String]>([])
    }

    let loop = SimulatedLoop()
    let log = LogCapture()
    let directory = TemporaryDirectory()
    let softswitch: Switch
    private let notes = Notes()

    /// A switch whose context `default` has these extensions.
    ///
    /// - Parameters:
    ///   - curl: What is inside of `<settings>` of `curl.conf`.
    ///   - names: The same of `cidlookup.conf`.
    ///   - certificates: Whether there is the authority of the test certificates among the certificates.
    init(
        curl: String = "",
        names: String = "",
        extensions: String = "",
        certificates: Bool = false
    ) throws {
        let log = log
        softswitch = try Switch.simulated(
            on: loop,
            xml: Self.xml(curl, names, extensions),
            ports: 47600...47700,
            modules: [
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(CommandsModule.self) { CommandsModule($0) { nil } },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(LoopbackModule.self) { LoopbackModule($0) },
                ModuleEntry(CurlModule.self) { CurlModule($0) },
                ModuleEntry(CallerNameModule.self) { CallerNameModule($0, .none) },
            ],
            logger: Logger(label: "test") { _ in log }
        )
        softswitch.xml.globals["certs_dir"] = directory.path
        if certificates { directory.write(TestCertificate.authority, to: "cacert.pem") }
        let (softswitch, notes) = (softswitch, notes)
        loop.run { try? await softswitch.modules.loadAll(into: softswitch) }
        softswitch.applications.register(
            Application("note", [.inline, .noMedia]) { session, data in
                notes.texts.withLock { $0.append(data) }
                session.setVariable("noted", data)
            },
            as: "note"
        )
    }

    /// The answer of a command.
    func command(_ line: String) async -> String {
        await softswitch.execute(command: line)
    }

    /// Begins a call to an extension of the context `default`: the channel that is routed there.
    func call(_ number: String) throws -> Session {
        try softswitch.callInside(number, on: loop)
    }

    /// What the application `note` was given, when it was called so often.
    func noted(_ count: Int) -> [String] {
        let notes = notes
        _ = loop.runUntil { notes.texts.withLock { $0.count >= count } }
        return notes.texts.withLock { $0 }
    }

    /// An extension with these actions, which are written as in a dialplan.
    static func `extension`(_ number: String, _ lines: [(String, String)]) -> String {
        """
        <extension name="e\(number)"><condition field="destination_number" expression="^\(number)$">\
        \(actions(lines))</condition></extension>
        """
    }

    /// A list of actions.
    static func actions(_ lines: [(String, String)]) -> String {
        lines.map { "<action application=\"\($0.0)\" data=\"\($0.1)\"/>" }.joined()
    }

    private static func xml(_ curl: String, _ names: String, _ extensions: String) -> String {
        """
        <document type="freeswitch/xml">
          <section name="configuration">
            <configuration name="modules.conf"><modules>
              <load module="mod_dptools"/><load module="mod_commands"/><load module="mod_dialplan_xml"/>
              <load module="mod_loopback"/><load module="mod_curl"/><load module="mod_cidlookup"/>
            </modules></configuration>
            <configuration name="curl.conf"><settings>\(curl)</settings></configuration>
            <configuration name="cidlookup.conf"><settings>\(names)</settings></configuration>
          </section>
          <section name="dialplan"><context name="default">\(extensions)</context></section>
          <section name="directory"/>
        </document>
        """
    }
}
