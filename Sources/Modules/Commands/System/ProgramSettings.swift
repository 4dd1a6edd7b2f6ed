import Base
import Logging
import SwitchCore

/// The parts of `fsctl` that read and set numbers and switches.
enum ProgramSettings {
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
            return "+OK \(which) dtmf duration: \(keyLength(String(which), number, softswitch))\n"
        case "min_idle_cpu":
            if let text = arguments.first {
                softswitch.configuration.sessionLimits.minimumIdlePercent = max(Double(text) ?? 0, 0)
            }
            let minimum = softswitch.configuration.sessionLimits.minimumIdlePercent
            return "+OK min idle cpu: \(minimum > 0 ? minimum.text(places: 2) + "%" : "DISABLED")\n"
        case "loglevel":
            guard let level = level(arguments.first, softswitch.log) else {
                return "-ERR syntax error, log level not set!\n"
            }
            return "+OK log level: \(level.name) [\(level.rawValue)]\n"
        case "debug_level": return arguments.isEmpty ? "+OK DEBUG level: 0\n" : fixed(name)
        case "uuid_version": return number ?? 4 == 4 ? "+OK set uuid version: 4\n" : fixed(name)
        case "verbose_events":
            if let word = arguments.first { softswitch.configuration.isVerbose = word.isTrueSetting }
            return "+OK verbose_events is \(softswitch.configuration.isVerbose ? "on" : "off") \n"
        case "api_expansion":
            if let word = arguments.first { softswitch.configuration.runsCommandsInExpressions = word.isTrueSetting }
            return "+OK api_expansion is \(softswitch.configuration.runsCommandsInExpressions ? "on" : "off") \n"
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

    /// Sets a length of keys, where one is given, and gives the one that is in force, in samples of 8 kHz.
    private static func keyLength(_ which: String, _ wanted: Int?, _ softswitch: Switch) -> Int {
        var lengths = softswitch.configuration.keyLengths
        switch (which, wanted.flatMap { $0 == 0 ? nil : $0 }) {
        case ("min", let wanted?): lengths.setMinimum(wanted)
        case ("max", let wanted?): lengths.setMaximum(wanted)
        case ("default", let wanted?): lengths.setUsual(wanted)
        default: break
        }
        softswitch.configuration.keyLengths = lengths
        return which == "min" ? lengths.minimum : which == "max" ? lengths.maximum : lengths.usual
    }

    private static func fixed(_ name: String) -> String { CommandText.absent("changing \(name) is") }
}
