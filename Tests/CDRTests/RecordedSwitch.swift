import Applications
import Base
import CDR
import Commands
import DialplanXML
import Logging
import Loopback
import MediaEngine
import NIOCore
import NIOPosix
import SIPTransport
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

/// A switch without a network that records its calls: they are loopback channels, and its wall clock stands still.
final class RecordedSwitch {
    let directory = TemporaryDirectory()
    let softswitch: Switch
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let loop: NIOLoop

    /// A switch that loads `module` with a configuration, and whose context `default` has these extensions.
    init(_ module: String, _ configuration: String, extensions: [(number: String, actions: String)]) async throws {
        loop = NIOLoop(group.next())
        var media = MediaEngineConfiguration()
        media.loops = 1
        media.ports = 43000...43100
        softswitch = Switch(
            version: "test",
            directories: Directories(base: directory.path),
            configuration: SwitchConfiguration(),
            xml: XMLRegistry(
                root: try XMLDocument.parse(Array(Self.xml(module, configuration, extensions).utf8), named: "test")
            ),
            media: try MediaEngine(configuration: media),
            loops: LoopGroup(loop),
            catalogue: ModuleCatalogue([
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(CommandsModule.self) { CommandsModule($0) { nil } },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(LoopbackModule.self) { LoopbackModule($0) },
                ModuleEntry(CSVCDRModule.self) { CSVCDRModule($0) },
                ModuleEntry(JSONCDRModule.self) { JSONCDRModule($0) },
                ModuleEntry(XMLCDRModule.self) { XMLCDRModule($0) },
            ]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            // 14 November 2023: a time that every zone shows with ten digits of seconds.
            clock: { 1_700_000_000_000_000 },
            generator: SeededGenerator(seed: 1)
        )
        try await softswitch.modules.loadAll(into: softswitch)
    }

    /// Calls a number and returns when nothing of it is left.
    ///
    /// - Returns: The UUID of the channel that was routed to the number.
    @discardableResult
    func call(_ number: String, variables: [(String, String)] = []) async throws -> String {
        var own = Variables()
        for (name, value) in variables { own.set(name, value) }
        var profile = CallerProfile()
        (profile.callerIDName, profile.callerIDNumber) = ("Alice", "1000")
        let request = OutgoingCall(
            destination: number,
            variables: own,
            profile: profile,
            originator: nil,
            loop: loop,
            preferredCodecs: nil,
            observer: { _, _ in }
        )
        let (softswitch, loop) = (softswitch, loop)
        let other = await Task(executorPreference: loop) { () -> String? in
            guard case .session(let leg)? = await softswitch.endpoints["loopback"]?.call(request) else { return nil }
            return await leg.variable("other_loopback_leg_uuid")
        }.value
        await softswitch.sessions.waitUntilEmpty(timeout: .seconds(30), on: loop)
        try #require(softswitch.sessions.count == 0)
        return try #require(other)
    }

    /// Writes what is queued and ends.
    func stop() async throws {
        await softswitch.modules.stopAll()
        await softswitch.media.shutdown()
        try await group.shutdownGracefully()
    }

    private static func xml(
        _ module: String,
        _ configuration: String,
        _ extensions: [(number: String, actions: String)]
    ) -> String {
        let extensions = extensions.map { number, actions in
            """
            <extension name="\(number)"><condition field="destination_number" expression="^\(number)$">
              \(actions)
            </condition></extension>
            """
        }
        return """
            <document type="freeswitch/xml">
              <section name="configuration">
                <configuration name="modules.conf"><modules>
                  <load module="mod_dptools"/><load module="mod_commands"/><load module="mod_dialplan_xml"/>
                  <load module="mod_loopback"/><load module="\(module)" critical="true"/>
                </modules></configuration>
                \(configuration)
              </section>
              <section name="dialplan"><context name="default">\(extensions.joined())</context></section>
              <section name="directory"/>
            </document>
            """
    }
}
