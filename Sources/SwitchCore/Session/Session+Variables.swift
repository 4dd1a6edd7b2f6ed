import Base
import Logging

/// Reading, setting and expanding the channel's variables.
extension Session {
    /// A variable's value; `nil` when it is not set.
    public func variable(_ name: String) -> String? { variables[name] }

    /// Sets a variable, or unsets it with an empty value; a value that holds `${` is refused and logged.
    public func setVariable(_ name: String, _ value: String?) {
        report(variables.set(name, value), name)
    }

    /// Sets a variable whose value may hold an expression for later, as `set` and `export` may.
    public func setVariableUnchecked(_ name: String, _ value: String?) {
        report(variables.setUnchecked(name, value), name)
    }

    private func report(_ result: Variables.SetResult, _ name: String) {
        guard !result.isAccepted else { return }
        logger.critical("variable was not set", metadata: ["variable": "\(name)", "reason": "\(result)"])
    }

    /// Whether a variable is set to one of the words that mean true.
    public func isTrue(_ name: String) -> Bool { variables[name]?.isTrueSetting ?? false }

    /// Sets a variable here and names it in `export_vars`, so that legs made by this channel get it too.
    ///
    /// The prefix `nolocal:` (or `_nolocal_`) leaves this channel's own variable alone.
    public func export(_ name: String, _ value: String) {
        var name = name
        var isLocal = true
        for prefix in ["nolocal:", "_nolocal_"] where name.hasPrefix(prefix) {
            name = String(name.dropFirst(prefix.count))
            isLocal = false
        }
        if isLocal { setVariableUnchecked(name, value) } else { setVariableUnchecked("nolocal:\(name)", value) }
        let listed = (variables["export_vars"] ?? "").split(separator: ",").map(String.init)
        let entry = isLocal ? name : "nolocal:\(name)"
        if !listed.contains(entry) { setVariable("export_vars", (listed + [entry]).joined(separator: ",")) }
    }

    /// The variables that a leg made by this channel gets.
    public func exportedVariables() -> [(name: String, value: String)] {
        (variables["export_vars"] ?? "").split(separator: ",").compactMap { entry in
            guard let value = variables[String(entry)] else { return nil }
            let name = entry.hasPrefix("nolocal:") ? entry.dropFirst("nolocal:".count) : entry
            return (String(name), value)
        }
    }

    /// Expands `${…}` in a text with the channel's variables, its caller profile, global variables and commands.
    public func expand(_ text: String) async -> String {
        if let plain = Template(text).literal { return plain }
        return await expand(Template(text))
    }

    /// Expands a compiled text.
    public func expand(_ template: Template) async -> String {
        await template.expand(in: SessionScope(self))
    }
}
