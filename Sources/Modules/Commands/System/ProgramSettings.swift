import Base
import Logging
import SwitchCore

/// The parts of `fsctl` that read and set numbers and switches.
enum ProgramSettings {
    /// The lengths of keys that are in force, in samples of 8 kHz.
    private static let keyLengths = ["min": 400, "default": 2000, "max": 192_000]

    static func answer(_ name: String, _ arguments: [String], _ softswitch: Switch) -> String? {
        let number = arguments.first.flatMap { Int($0) }
        switch name {
        case "max_sessions":
            if let number, number > 0 { softswitch.configuration.sessionLimits.maximumSessions = number }
            return "+OK max sessions: \(softswitch.configuration.sessionLimits.maximumSessions)\n"
        case "sps":
            if let number, number > 0 { softswitch.configuration.sessionLimits.sessionsPerSecond = number }
            return "+OK sessions per second: \(softswitch.configuration.sessionLimits.sessionsPerSecond)\n"
        case "last_sps":
            let history = softswitch.sessionHistory
            return "+OK last sessions per second: \(history.lastSecond)\n"
        case "sps_peak_reset":
            softswitch.sessions.resetPeakPerSecond()
            return "+OK max sessions per second counter reset\n"
        case "min_dtmf_duration", "default_dtmf_duration", "max_dtmf_duration":
            let which = name.prefix { $0 != "_" }
            guard arguments.isEmpty, let length = keyLengths[String(which)] else { return fixed(name) }
            return "+OK \(which) dtmf duration: \(length)\n"
        case "min_idle_cpu": return arguments.isEmpty ? "+OK min idle cpu: DISABLED\n" : fixed(name)
        case "loglevel":
            guard let level = level(arguments.first, softswitch.log) else {
                return "-ERR syntax error, log level not set!\n"
            }
            return "+OK log level: \(level.name) [\(level.rawValue)]\n"
        case "debug_level": return arguments.isEmpty ? "+OK DEBUG level: 0\n" : fixed(name)
        case "uuid_version": return number ?? 4 == 4 ? "+OK set uuid version: 4\n" : fixed(name)
        case "verbose_events": return toggle(name, isOn: false, arguments.first)
        case "api_expansion": return toggle(name, isOn: true, arguments.first)
        default: return nil
        }
    }

    /// Sets the level of the log, where one is given, and gives the one that is in force; `nil` for what is no level.
    private static func level(_ text: String?, _ log: LogOutputs) -> LogLevel? {
        if let text {
            guard let level = LogLevel(text) else { return nil }
            log.limit = level.logLevel ?? .critical
        }
        return LogLevel(log.limit)
    }

    /// Something that is as it is: asking for that is fine, asking for the other is not.
    private static func toggle(_ name: String, isOn: Bool, _ wanted: String?) -> String {
        guard wanted.map({ $0.isTrueSetting }) ?? isOn == isOn else { return fixed(name) }
        return "+OK \(name) is \(isOn ? "on" : "off") \n"
    }

    private static func fixed(_ name: String) -> String { CommandText.absent("changing \(name) is") }
}
