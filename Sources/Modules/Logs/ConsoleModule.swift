import Base
import Logging
public import SwitchCore
import XMLConfig

/// `mod_console`: what of the log the terminal shows, and the command `console` that changes it.
public final class ConsoleModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_console"

    private static let help = """
        USAGE:
        --------------------------------------------------------------------------------
        console help
        console loglevel [[0-7] | <loglevel_string>]
        console uuid [on|off|toggle]
        console json [on|off|toggle]
        console colorize [on|off|toggle]
        --------------------------------------------------------------------------------

        """

    private let softswitch: Switch
    private let terminal: TerminalLog

    /// The module for a switch, whose log the terminal shows.
    public init(_ softswitch: Switch, terminal: TerminalLog) {
        (self.softswitch, self.terminal) = (softswitch, terminal)
    }

    /// Reads `console.conf` and registers the command.
    public func start() async throws {
        try await apply()
        let terminal = terminal
        let command = APICommand("console", syntax: "help|loglevel|uuid|json|colorize", summary: "Console") { _, line in
            Self.answer(line.split(separator: " ").map { String($0) }, terminal)
        }
        softswitch.commands.register(command, as: command.name)
        softswitch.metrics.register(
            Metric.linesDropped(by: Self.name) { terminal.droppedCount },
            as: "console_dropped"
        )
    }

    /// Applies a changed `console.conf`.
    public func reload() async throws { try await apply() }

    /// Takes the command away; the terminal goes on.
    public func stop() async { softswitch.commands.remove("console") }

    private func apply() async throws {
        guard let xml = await softswitch.xml.configuration(named: "console.conf") else { return }
        var diagnostics: [Diagnostic] = []
        let settings = try TerminalSettings(xml: xml, diagnostics: &diagnostics)
        for diagnostic in diagnostics { softswitch.logger.warning("\(diagnostic)") }
        terminal.apply(settings)
    }

    /// Changes a switch, where a word is given, and tells how it is.
    private static func changed(
        _ setting: ReferenceWritableKeyPath<TerminalLog, Bool>,
        _ word: String?,
        _ terminal: TerminalLog
    ) -> String {
        if let word {
            terminal[keyPath: setting] =
                word.lowercased() == "toggle" ? !terminal[keyPath: setting] : word.isTrueSetting
        }
        return terminal[keyPath: setting] ? "enabled" : "disabled"
    }

    private static func answer(_ words: [String], _ terminal: TerminalLog) -> String {
        let value = words.count > 1 ? words[1] : nil
        switch words.first?.lowercased() {
        case "loglevel":
            if let value {
                guard let level = LogLevel(value) else { return "-ERR Invalid console loglevel (\(value))!\n\n" }
                terminal.level = level
            }
            return "+OK console log level set to \(terminal.level.name)\n"
        case "colorize":
            return "+OK console color \(changed(\.usesColors, value, terminal))\n"
        case "uuid": return "+OK console uuid \(changed(\.showsChannel, value, terminal))\n"
        case "json": return "+OK console json \(changed(\.writesJSON, value, terminal))\n"
        default:
            return help
        }
    }
}
