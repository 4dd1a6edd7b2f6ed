import Base
import Logging
import MediaEngine
import SwitchCore
import TandemTesting
import Testing

@testable import Logs

/// The modules in a switch.
struct LogModuleTests {
    /// Runs a body on a switch that logs to `outputs`, with a configuration.
    private static func with(
        _ outputs: LogOutputs,
        configuration: String,
        _ body: (Switch, SimulatedLoop) async throws -> Void
    ) async throws {
        let loop = SimulatedLoop()
        let softswitch = try Switch.simulated(
            on: loop,
            xml: #"<document><section name="configuration">\#(configuration)</section></document>"#,
            ports: 33_900...33_998,
            modules: [],
            logger: Logger(label: "test") { _ in OutputsLogHandler(outputs) { 0 } },
            log: outputs
        )
        try await body(softswitch, loop)
        await softswitch.media.shutdown()
    }

    @Test func filesAreWrittenUntilTheEnd() async throws {
        let (directory, outputs) = (TemporaryDirectory(), LogOutputs())
        let configuration = """
            <configuration name="logfile.conf"><profiles>
            <profile name="all"><settings><param name="logfile" value="\(directory.path)/all"/></settings></profile>
            <profile name="bad"><settings><param name="logfile" value="\(directory.path)/bad"/></settings>
            <mappings><map name="all" value="err,crit"/></mappings></profile>
            </profiles></configuration>
            """
        try await Self.with(outputs, configuration: configuration) { softswitch, _ in
            let module = LogFileModule(softswitch)
            try await module.start()
            softswitch.logger.info("one")
            softswitch.logger.error("two")
            try await module.reload()
            softswitch.logger.error("three")
            await module.stop()
            #expect(outputs.level == nil)
            let lines = { (name: String) in
                directory.text(name)?.split(separator: "\n").compactMap { $0.split(separator: " ").last }
            }
            #expect(lines("all") == ["one", "two", "three"])
            #expect(lines("bad") == ["two", "three"])
        }
    }

    @Test func theConsoleCommand() async throws {
        let outputs = LogOutputs()
        let terminal = TerminalLog(outputs, level: .crit)
        let configuration = """
            <configuration name="console.conf"><settings>
            <param name="loglevel" value="alert"/><param name="colorize" value="false"/></settings></configuration>
            """
        try await Self.with(outputs, configuration: configuration) { softswitch, _ in
            let module = ConsoleModule(softswitch, terminal: terminal)
            try await module.start()
            for (line, answer) in [
                ("loglevel", "+OK console log level set to ALERT\n"),
                ("loglevel loud", "-ERR Invalid console loglevel (loud)!\n\n"),
                ("loglevel 2", "+OK console log level set to CRIT\n"),
                ("loglevel console", "+OK console log level set to CONSOLE\n"),
                ("colorize", "+OK console color disabled\n"), ("colorize toggle", "+OK console color enabled\n"),
                ("colorize off", "+OK console color disabled\n"), ("uuid", "+OK console uuid disabled\n"),
                ("uuid on", "+OK console uuid enabled\n"), ("uuid toggle", "+OK console uuid disabled\n"),
                ("json", "+OK console json disabled\n"), ("json toggle", "+OK console json enabled\n"),
                ("json off", "+OK console json disabled\n"),
            ] {
                #expect(await softswitch.execute(command: "console \(line)") == answer)
            }
            await module.stop()
            #expect(softswitch.commands["console"] == nil)
        }
        await terminal.stop()
        #expect(outputs.level == nil)
    }
}
