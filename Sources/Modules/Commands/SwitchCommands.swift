import Base
import SwitchCore
import XMLConfig

/// Commands about the switch itself.
enum SwitchCommands {
    static func all(reload: @escaping CommandsModule.Reload) -> [APICommand] {
        [
            APICommand("reloadxml", summary: "reads the configuration anew") { _, _ in
                "+OK [\(await reload() ?? "Success")]\n"
            },
            APICommand("status", summary: "how the switch is") { context, _ in status(context.softswitch) },
            APICommand("version", summary: "the version") { context, _ in
                "Tandem Version \(context.softswitch.version)\n"
            },
            APICommand("module_exists", syntax: "<module>", summary: "whether a module is loaded") { context, name in
                String(context.softswitch.modules.names.contains(name))
            },
            APICommand("global_getvar", syntax: "[<name>]", summary: "a global variable") { context, name in
                let globals = context.softswitch.xml.globals
                guard name.isEmpty else { return globals[name] ?? "" }
                return globals.all.map { "\($0.name)=\($0.value)\n" }.joined()
            },
            APICommand("global_setvar", syntax: "<name>=<value>", summary: "sets a global variable") { context, text in
                guard let equals = text.firstIndex(of: "=") else { return "-USAGE: <name>=<value>\n" }
                context.softswitch.xml.globals[String(text[..<equals])] = String(text[text.index(after: equals)...])
                return "+OK\n"
            },
            APICommand("hupall", syntax: "[<cause>]", summary: "hangs up every channel") { context, text in
                let cause = HangupCause(text) ?? .managerRequest
                for session in context.softswitch.sessions.all { session.requestHangUp(cause) }
                return "+OK hangup all channels with cause \(cause.name)\n"
            },
            show,
        ]
    }

    private static func status(_ softswitch: Switch) -> String {
        let seconds = max((softswitch.wallClock() - softswitch.startTime) / 1_000_000, 0)
        let history = softswitch.sessions.history
        let limits = softswitch.configuration.sessionLimits
        return """
            UP \(seconds / 31_536_000) years, \(seconds / 86_400 % 365) days, \(seconds / 3600 % 24) hours, \
            \(seconds / 60 % 60) minutes, \(seconds % 60) seconds
            Tandem (Version \(softswitch.version)) is ready
            \(history.total) session(s) since startup
            \(softswitch.sessions.count) session(s) - peak \(history.peak)
            \(limits.sessionsPerSecond) session(s) per Sec max, peak \(history.peakPerSecond)
            \(limits.maximumSessions) session(s) max

            """
    }

    private static let show = APICommand(
        "show",
        syntax: "channels|calls|modules|application|api [count]",
        summary: "lists what there is"
    ) { context, text in
        let softswitch = context.softswitch
        let words = text.split(separator: " ").map(String.init)
        let rows: [String]
        let header: String
        switch words.first {
        case "channels", "calls":
            header = "uuid,direction,created_epoch,name,state,cid_name,cid_num,ip_addr,dest,callstate"
            var lines: [String] = []
            for session in softswitch.sessions.all { lines.append(await session.listing) }
            rows = lines.sorted()
        case "modules":
            (header, rows) = ("name", softswitch.modules.names)
        case "application", "applications":
            (header, rows) = ("name", softswitch.applications.names)
        case "api":
            (header, rows) = ("name", softswitch.commands.names)
        default: return "-USAGE: show channels|calls|modules|application|api [count]\n"
        }
        if words.last == "count" { return "\n\(rows.count) total.\n" }
        return rows.isEmpty ? "\n0 total.\n" : "\(header)\n\(rows.joined(separator: "\n"))\n\n\(rows.count) total.\n"
    }
}

extension Session {
    /// The channel as a row of `show channels`.
    fileprivate var listing: String {
        [
            id, direction.rawValue, String(profile.times.created / 1_000_000), name, state.name,
            profile.callerIDName, profile.callerIDNumber, profile.networkAddress, profile.destinationNumber,
            callState.name,
        ].joined(separator: ",")
    }
}
