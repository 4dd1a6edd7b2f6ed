import Applications
import Base
import DialplanXML
import Logging
import MediaEngine
import SIP
import SIPTransport
import Sofia
import SwitchCore
import TandemTesting
import XMLConfig

/// A whole switch on a simulated loop and network: one profile, one user, one extension that answers and parks.
final class SimulatedSwitch {
    static let address = IPAddress(v4: 0x0A00_0001)

    let loop: SimulatedLoop
    let network: SimulatedNetwork
    let softswitch: Switch

    init(seed: UInt64, conditions: NetworkConditions = NetworkConditions()) throws {
        let loop = SimulatedLoop()
        self.loop = loop
        network = SimulatedNetwork(loop: loop, seed: seed, conditions: conditions)
        var media = MediaEngineConfiguration()
        media.loops = 1
        media.ports = 41000...42000
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let transport = network
        softswitch = Switch(
            version: "test",
            directories: Directories(base: "/nonexistent"),
            configuration: SwitchConfiguration(),
            xml: XMLRegistry(root: try XMLDocument.parse(Array(Self.xml.utf8), named: "test")),
            media: try MediaEngine(configuration: media),
            loops: LoopGroup(loop),
            catalogue: ModuleCatalogue([
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(SofiaModule.self) { SofiaModule($0, transport: transport, seed: seed) },
            ]),
            logger: logger,
            clock: { loop.now.nanoseconds / 1000 },
            generator: SeededGenerator(seed: seed)
        )
    }

    /// Loads the modules on the simulated loop.
    func start() {
        let softswitch = softswitch
        Task.immediate(executorPreference: loop) { try await softswitch.modules.loadAll(into: softswitch) }
        loop.runQueued()
    }

    /// What a module reports for `status`.
    func gauge(_ name: String) -> Int {
        let result = Reading()
        let gauge = softswitch.gauges[name]
        Task.immediate(executorPreference: loop) { result.value = await gauge?() ?? -1 }
        loop.runQueued()
        return result.value
    }

    // @unchecked: written on the simulated loop, which is the test's own thread.
    private final class Reading: @unchecked Sendable {
        var value = -1
    }

    private static let xml = """
        <document type="freeswitch/xml">
          <section name="configuration">
            <configuration name="modules.conf"><modules>
              <load module="mod_dptools"/><load module="mod_dialplan_xml"/><load module="mod_sofia"/>
            </modules></configuration>
            <configuration name="sofia.conf"><profiles><profile name="internal"><settings>
              <param name="sip-ip" value="10.0.0.1"/><param name="sip-port" value="5060"/>
              <param name="rtp-ip" value="127.0.0.1"/><param name="auth-calls" value="true"/>
              <param name="context" value="default"/>
            </settings></profile></profiles></configuration>
          </section>
          <section name="dialplan"><context name="default">
            <extension name="park"><condition field="destination_number" expression="^5000$">
              <action application="answer"/><action application="park"/>
            </condition></extension>
            <extension name="busy"><condition field="destination_number" expression="^5001$">
              <action application="respond" data="486"/>
            </condition></extension>
          </context></section>
          <section name="directory"><domain name="10.0.0.1"><user id="1000"><params>
            <param name="password" value="kV3qz8Rw"/>
          </params></user></domain></section>
        </document>
        """
}
