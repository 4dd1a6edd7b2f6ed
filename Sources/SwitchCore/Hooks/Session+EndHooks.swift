import Logging

/// The commands that variables name for the time after the call.
enum EndHook: String {
    /// The call is over and its times are final.
    case hangup = "api_hangup_hook"
    /// Its records are written.
    case reporting = "api_reporting_hook"

    /// The command's name, and its arguments as they are written: `name arguments` or `name::arguments`.
    static func split(_ text: String) -> (name: String, arguments: String) {
        let word = text.prefix { $0 != " " }
        if let colons = word.firstRange(of: "::") {
            return (String(text[..<colons.lowerBound]), String(text[colons.upperBound...]))
        }
        return (String(word), String(text[word.endIndex...].dropFirst()))
    }
}

/// `api_hangup_hook` and `api_reporting_hook`.
extension Session {
    /// Whether there is a command for the time after the call.
    var hasEndHooks: Bool {
        variables[EndHook.hangup.rawValue] != nil || variables[EndHook.reporting.rawValue] != nil
    }

    /// Runs the command for this point, where there is one, and waits for it.
    ///
    /// The command knows of the channel only with `session_in_hangup_hook`; its arguments are expanded by the channel's
    /// variables in any case.
    func runEndHook(_ hook: EndHook) async {
        guard let text = variables[hook.rawValue] else { return }
        let (name, arguments) = EndHook.split(text)
        let line = arguments.isEmpty ? name : "\(name) \(await expand(arguments))"
        let answer = await softswitch.execute(
            command: line,
            for: isTrue("session_in_hangup_hook") ? self : nil
        )
        noteHook(hook.rawValue, line, answer)
    }
}
