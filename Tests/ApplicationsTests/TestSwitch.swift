import Applications
import Base
import Commands
import DialplanXML
import Logging
import Loopback
import MediaEngine
import SwitchCore
import TandemTesting
import XMLConfig

/// A switch without a network on a simulated loop: its calls come from loopback channels, its commands from the test.
final class TestSwitch {
    let loop = SimulatedLoop()
    let softswitch: Switch

    /// A switch whose context `default` has these extensions.
    ///
    /// - Parameters:
    ///   - configuration: More of the section `configuration`.
    ///   - macros: The phrases of English.
    init(_ extensions: String, directory: String = "", configuration: String = "", macros: String = "") throws {
        softswitch = try Switch.simulated(
            on: loop,
            xml: Self.xml(extensions, directory, configuration, macros),
            ports: 42000...42100,
            modules: [
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(CommandsModule.self) { CommandsModule($0) { nil } },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(LoopbackModule.self) { LoopbackModule($0) },
                ModuleEntry(HashModule.self) { HashModule($0) },
                ModuleEntry(DatabaseModule.self) { DatabaseModule($0) },
                ModuleEntry(ValetParkingModule.self) { ValetParkingModule($0) },
                ModuleEntry(SayEnglishModule.self) { SayEnglishModule($0) },
            ]
        )
        let softswitch = softswitch
        _ = run { try? await softswitch.modules.loadAll(into: softswitch) }
    }

    /// Runs something on the loop as far as it goes without the clock.
    func run<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) -> Result? {
        loop.run(work)
    }

    /// The answer of a command.
    func command(_ line: String) -> String {
        let softswitch = softswitch
        return run { await softswitch.execute(command: line) } ?? "(no answer)"
    }

    /// Begins a call to an extension of the context `default`: the channel that is routed there.
    @discardableResult
    func call(_ number: String) throws -> Session {
        try softswitch.callInside(number, on: loop)
    }

    /// A channel's variable, also after it ended.
    func variable(_ name: String, of session: Session) -> String? {
        run { await session.variable(name) } ?? nil
    }

    private static func xml(
        _ extensions: String,
        _ directory: String,
        _ configuration: String,
        _ macros: String
    ) -> String {
        """
        <document type="freeswitch/xml">
          <section name="configuration"><configuration name="modules.conf"><modules>
            <load module="mod_dptools"/><load module="mod_commands"/><load module="mod_dialplan_xml"/>
            <load module="mod_loopback"/><load module="mod_hash"/><load module="mod_db"/>
            <load module="mod_valet_parking"/><load module="mod_say_en"/>
          </modules></configuration>\(configuration)</section>
          <section name="languages"><language name="en" say-module="en"><phrases><macros>\(macros)</macros></phrases>
          </language></section>
          <section name="dialplan"><context name="default">\(extensions)</context></section>
          <section name="directory">\(directory)</section>
        </document>
        """
    }
}
