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
            APICommand("hupall", syntax: hupallSyntax, summary: "hangs up channels") { context, text in
                await hangUpAll(text, context.softswitch)
            },
            APICommand("reloadacl", summary: "reads the configuration and the access lists anew") { _, _ in
                await reload().map { "-ERR [\($0)]\n" } ?? "+OK acl reloaded\n"
            },
            APICommand("load", syntax: "<module>", summary: "loads a module") { context, name in
                await load(name, context.softswitch, reload: reload)
            },
            APICommand("uptime", syntax: "[s|ms|us]", summary: "how long the switch is up") { context, unit in
                uptime(context.softswitch, unit)
            },
            APICommand("hostname", summary: "the machine's name") { context, _ in
                context.softswitch.xml.globals["hostname"] ?? ""
            },
            APICommand("switchname", summary: "the switch's name") { context, _ in
                let globals = context.softswitch.xml.globals
                return globals["switchname"] ?? globals["hostname"] ?? ""
            },
            ShowCommand.command,
        ]
    }

    private static func uptime(_ softswitch: Switch, _ unit: String) -> String {
        let microseconds = max(softswitch.wallClock() - softswitch.startTime, 0)
        switch unit {
        case "", "s": return "\(microseconds / 1_000_000)\n"
        case "ms": return "\(microseconds / 1000)\n"
        case "us": return "\(microseconds)\n"
        default: return "-USAGE: [s|ms|us]\n"
        }
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

    /// Hangs up every channel, or those with a variable of that value.
    private static func hangUpAll(_ text: String, _ softswitch: Switch) async -> String {
        let words = ListSplitter.split(text, by: " ", limit: 3)
        guard words.count != 2 else { return "-USAGE: \(hupallSyntax)\n" }
        var cause = HangupCause.managerRequest
        if let word = words.first {
            guard let named = HangupCause(word) else { return "-ERR no such cause: \(word)\n" }
            cause = named
        }
        guard words.count == 3 else {
            for session in softswitch.sessions.all { session.requestHangUp(cause) }
            return "+OK hangup all channels with cause \(cause.name)\n"
        }
        for session in softswitch.sessions.all where await session.variable(words[1]) == words[2] {
            session.requestHangUp(cause)
        }
        return "+OK hangup all channels matching [\(words[1])]=[\(words[2])] with cause: \(cause.name)\n"
    }

    private static let hupallSyntax = "[<cause> [<variable> <value>]]"

    /// Reads the configuration anew and loads a module that it may have been changed for.
    private static func load(_ name: String, _ softswitch: Switch, reload: CommandsModule.Reload) async -> String {
        guard !name.isEmpty else { return "-USAGE: <module>\n" }
        let failure = await reload()
        let head = "+OK Reloading XML\n"
        if let failure { return "\(head)-ERR [\(failure)]\n" }
        do {
            try await softswitch.modules.load(name, into: softswitch)
        } catch {
            return "\(head)-ERR [\(error)]\n"
        }
        let isLoaded = softswitch.modules.names.contains(name)
        return head + (isLoaded ? "+OK\n" : "-ERR [this version has no such module]\n")
    }
}
