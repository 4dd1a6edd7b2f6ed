import Base
import Glibc
import SwitchCore
import XMLConfig

/// How the switch is and what it is called.
enum StatusCommands {
    static let all: [APICommand] = [
        APICommand("status", summary: "how the switch is") { context, _ in text(of: context.softswitch) },
        APICommand("version", syntax: "[short]", summary: "the version") { context, form in
            form == "short"
                ? "\(Switch.interfaceVersion)\n"
                : "FreeSWITCH Version \(context.softswitch.fullVersion) (Tandem \(context.softswitch.version) 64bit)\n"
        },
        APICommand("banner", summary: "what the program is") { context, _ in
            "Tandem \(context.softswitch.version)\n"
                + "a softswitch with the configuration and the commands of FreeSWITCH \(Switch.interfaceVersion)\n"
        },
        APICommand("uptime", syntax: uptimeSyntax, summary: "how long the switch is up") { context, unit in
            guard let scale = scales[unit.lowercased()] else { return CommandText.usage(uptimeSyntax) }
            return "\(context.softswitch.uptime / scale)\n"
        },
        APICommand("hostname", summary: "the machine's name") { context, _ in
            context.softswitch.xml.globals["hostname"] ?? ""
        },
        APICommand("switchname", summary: "the switch's name") { context, _ in
            let globals = context.softswitch.xml.globals
            return globals["switchname"] ?? globals["hostname"] ?? ""
        },
    ]

    private static let uptimeSyntax = "[us|ms|s|m|h|d|microseconds|milliseconds|seconds|minutes|hours|days]"

    /// Microseconds in a unit.
    private static let scales: [String: Int64] = [
        "us": 1, "microseconds": 1, "ms": 1000, "milliseconds": 1000, "": 1_000_000, "s": 1_000_000,
        "seconds": 1_000_000, "m": 60_000_000, "minutes": 60_000_000, "h": 3_600_000_000, "hours": 3_600_000_000,
        "d": 86_400_000_000, "days": 86_400_000_000,
    ]

    private static func text(of softswitch: Switch) -> String {
        let sessions = softswitch.sessions
        let history = softswitch.sessionHistory
        let limits = softswitch.configuration.sessionLimits
        let idle = softswitch.processorLoad.idlePercent().text(places: 2)
        // Two of the lines have always ended with a space.
        return """
            UP \(softswitch.uptimeText)
            FreeSWITCH (Version \(softswitch.fullVersion)) is \(sessions.isOpen ? "ready" : "not ready")
            \(history.total) session(s) since startup
            \(sessions.count) session(s) - peak \(history.peak), last 5min \(history.recentPeak)\u{20}
            \(history.lastSecond) session(s) per Sec out of max \(limits.sessionsPerSecond), \
            peak \(history.peakPerSecond), last 5min \(history.recentPeakPerSecond)\u{20}
            \(limits.maximumSessions) session(s) max
            min idle cpu \(limits.minimumIdlePercent.text(places: 2))/\(idle)

            """ + stackText
    }

    /// How large the stacks of threads are, and may be, in KiB.
    private static var stackText: String {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit) == 0 else { return "" }
        return "Current Stack Size/Max \(limit.rlim_cur / 1024)K/\(limit.rlim_max / 1024)K\n"
    }
}
