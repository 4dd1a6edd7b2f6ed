import Applications
import Base
import Commands
import DialplanXML
import EventSocket
import Logging
import Loopback
import MediaEngine
import SwitchCore
import TandemTesting
import XMLConfig

/// A switch on a simulated loop; the event socket of it listens on a port of this machine.
final class TestSwitch {
    let loop = SimulatedLoop()
    let softswitch: Switch

    init(_ extensions: String = "", settings: String = "", directory: String = "") throws {
        softswitch = try Switch.simulated(
            on: loop,
            xml: Self.xml(extensions, settings, directory),
            ports: 42200...42300,
            modules: [
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(CommandsModule.self) { CommandsModule($0) { nil } },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(LoopbackModule.self) { LoopbackModule($0) },
                ModuleEntry(EventSocketModule.self) { EventSocketModule($0) },
            ]
        )
        let softswitch = softswitch
        for name in ["mod_dptools", "mod_commands", "mod_dialplan_xml", "mod_loopback"] {
            _ = run { try? await softswitch.modules.load(name, into: softswitch) }
        }
    }

    /// Runs something on the loop as far as it goes without the clock.
    @discardableResult
    func run<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) -> Result? {
        loop.run(work)
    }

    /// Begins a call to an extension of the context `default`: the channel that is routed there.
    func call(_ number: String) throws -> Session {
        try softswitch.callInside(number, on: loop)
    }

    private static func xml(_ extensions: String, _ settings: String, _ directory: String) -> String {
        """
        <document type="freeswitch/xml">
          <section name="configuration"><configuration name="event_socket.conf"><settings>
            <param name="listen-port" value="0"/><param name="password" value="secret"/>
            <param name="stop-on-bind-error" value="true"/>\(settings)
          </settings></configuration></section>
          <section name="dialplan"><context name="default">\(extensions)</context></section>
          <section name="directory">\(directory)</section>
        </document>
        """
    }
}
