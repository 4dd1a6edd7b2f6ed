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
        let loop = loop
        var media = MediaEngineConfiguration()
        media.loops = 1
        media.ports = 42200...42300
        softswitch = Switch(
            version: "test",
            directories: Directories(base: "/nonexistent"),
            configuration: SwitchConfiguration(),
            xml: XMLRegistry(
                root: try XMLDocument.parse(Array(Self.xml(extensions, settings, directory).utf8), named: "test")
            ),
            media: try MediaEngine(configuration: media),
            loops: LoopGroup(loop),
            catalogue: ModuleCatalogue([
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(CommandsModule.self) { CommandsModule($0) { nil } },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(LoopbackModule.self) { LoopbackModule($0) },
                ModuleEntry(EventSocketModule.self) { EventSocketModule($0) },
            ]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            clock: { loop.now.nanoseconds / 1000 },
            generator: SeededGenerator(seed: 1)
        )
        let softswitch = softswitch
        for name in ["mod_dptools", "mod_commands", "mod_dialplan_xml", "mod_loopback"] {
            _ = run { try? await softswitch.modules.load(name, into: softswitch) }
        }
    }

    /// Runs something on the loop as far as it goes without the clock.
    @discardableResult
    func run<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) -> Result? {
        let box = Box<Result>()
        Task.immediate(executorPreference: loop) { box.value = await work() }
        loop.runQueued()
        return box.value
    }

    /// Begins a call to an extension of the context `default`: the channel that is routed there.
    func call(_ number: String) throws -> Session {
        let (softswitch, loop) = (softswitch, loop)
        let session = run { () -> Session? in
            let request = OutgoingCall(
                destination: number,
                variables: Variables(),
                profile: CallerProfile(),
                originator: nil,
                loop: loop,
                preferredCodecs: nil,
                observer: { _, _ in }
            )
            guard case .session(let leg)? = await softswitch.endpoints["loopback"]?.call(request) else { return nil }
            return softswitch.sessions[await leg.variable("other_loopback_leg_uuid") ?? ""]
        }
        guard let session = session ?? nil else { throw NoCall() }
        return session
    }

    struct NoCall: Error {}

    // @unchecked: written on the simulated loop, which is the test's own thread.
    private final class Box<Value>: @unchecked Sendable {
        var value: Value?
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
