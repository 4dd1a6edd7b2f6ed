import Applications
import Base
import Commands
import DialplanXML
import LocalStream
import Logging
import Loopback
import MediaEngine
import SwitchCore
import Synchronization
import TandemTesting
import XMLConfig

/// A switch without a network on a simulated loop: its calls come from loopback channels, its commands from the test.
final class TestSwitch {
    let loop = SimulatedLoop()
    let softswitch: Switch
    /// How often a command asked the program to end.
    let stops: StopCounter
    /// How often one asked it to begin anew.
    let restarts: StopCounter

    /// A switch whose context `default` has these extensions.
    ///
    /// - Parameters:
    ///   - configuration: More of the section `configuration`.
    ///   - macros: The phrases of English.
    ///   - allowsShell: Whether commands may run programs of the machine.
    ///   - log: What the switch says; nobody hears it without.
    init(
        _ extensions: String,
        directory: String = "",
        configuration: String = "",
        macros: String = "",
        allowsShell: Bool = false,
        log: LogCapture? = nil
    ) throws {
        let (stop, restart) = (StopCounter(), StopCounter())
        (stops, restarts) = (stop, restart)
        softswitch = try Switch.simulated(
            on: loop,
            xml: Self.xml(extensions, directory, configuration, macros),
            ports: 34000...36998,
            modules: [
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(CommandsModule.self) { softswitch in
                    CommandsModule(
                        softswitch,
                        control: ProgramControl(
                            reload: { nil },
                            end: { ($0 == .stop ? stop : restart).count() },
                            allowsShell: allowsShell
                        )
                    )
                },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(LoopbackModule.self) { LoopbackModule($0) },
                ModuleEntry(ExpressionModule.self) { ExpressionModule($0) },
                ModuleEntry(HashModule.self) { HashModule($0) },
                ModuleEntry(DatabaseModule.self) { DatabaseModule($0) },
                ModuleEntry(ValetParkingModule.self) { ValetParkingModule($0) },
                ModuleEntry(SayEnglishModule.self) { SayEnglishModule($0) },
                ModuleEntry(LocalStreamModule.self) { LocalStreamModule($0) },
            ],
            logger: Logger(label: "test") { _ in log ?? SwiftLogNoOpLogHandler() as any LogHandler }
        )
        let softswitch = softswitch
        _ = run { try? await softswitch.modules.loadAll(into: softswitch) }
    }

    /// Runs something on the loop as far as it goes without the clock.
    func run<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) -> Result? {
        loop.run(work)
    }

    /// The answer of a command of a switch that has done nothing before.
    static func answer(_ line: String, directory: String = "") throws -> String {
        try TestSwitch("", directory: directory).command(line)
    }

    /// The answer of a command.
    func command(_ line: String) -> String {
        let softswitch = softswitch
        return run { await softswitch.execute(command: line) } ?? "(no answer)"
    }

    /// The answer of a command that may wait for other threads, such as those of files.
    func answer(_ line: String) -> String {
        let softswitch = softswitch
        let answer = Mutex<String?>(nil)
        _ = run {
            let text = await softswitch.execute(command: line)
            answer.withLock { $0 = text }
        }
        _ = loop.runUntil { answer.withLock { $0 != nil } }
        return answer.withLock { $0 } ?? "(no answer)"
    }

    /// The answers of a table's commands that are not what the table says.
    func wrongAnswers(_ table: [(line: String, answer: String)]) -> [String] {
        table.compactMap { row in
            let answer = command(row.line)
            return answer == row.answer ? nil : "\(row.line): \(answer.debugDescription)"
        }
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

    /// Counts how often a command asked the program to end.
    final class StopCounter: Sendable {
        private let number = Atomic<Int>(0)

        var value: Int { number.load(ordering: .relaxed) }

        func count() { number.add(1, ordering: .relaxed) }
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
            <load module="mod_loopback"/><load module="mod_expr"/><load module="mod_hash"/><load module="mod_db"/>
            <load module="mod_valet_parking"/><load module="mod_say_en"/>
            <load module="mod_local_stream"/>
          </modules></configuration>\(configuration)</section>
          <section name="languages"><language name="en" say-module="en"><phrases><macros>\(macros)</macros></phrases>
          </language></section>
          <section name="dialplan"><context name="default">\(extensions)</context></section>
          <section name="directory">\(directory)</section>
        </document>
        """
    }
}
