import Base
import SwitchCore
import XMLConfig

/// The settings of `console.conf`.
struct TerminalSettings: Sendable {
    /// The least important level that is shown; `nil` leaves it as it is.
    let level: LogLevel?
    let usesColors: Bool
    /// Whether lines about a channel begin with its UUID.
    let showsChannel: Bool
    let format: LogFormat
    let mappings: LogMappings

    /// Reads the configuration.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        level = reader.value("loglevel", expecting: "a log level") { LogLevel($0) }
        usesColors = reader.boolean("colorize", default: true)
        showsChannel = reader.boolean("uuid", default: false)
        format = reader.choice("format", of: LogFormat.names, default: .plain)
        mappings = LogMappings(of: xml, diagnostics: &diagnostics)
        diagnostics += try reader.finish()
    }
}
