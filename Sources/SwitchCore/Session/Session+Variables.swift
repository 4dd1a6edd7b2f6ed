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

    /// Sets the variables that say which channel this is, where the endpoint has not.
    func nameInVariables() {
        for (name, value) in [
            ("uuid", id), ("session_id", String(number)), ("direction", direction.rawValue), ("call_uuid", id),
            ("channel_name", profile.channelName),
        ] where variables[name] == nil {
            setVariable(name, value)
        }
    }

    /// Whether a variable is set to one of the words that mean true.
    public func isTrue(_ name: String) -> Bool { variables[name]?.isTrueSetting ?? false }

    /// Sets a variable here and names it in a list, so that legs made by this channel get it too (`export_vars`), or
    /// both sides of a bridge do (`bridge_export_vars`).
    ///
    /// The prefix `nolocal:` (or `_nolocal_`) leaves this channel's own variable alone.
    public func export(_ name: String, _ value: String, list: String = "export_vars") {
        let (bare, isLocal) = Self.splitExport(name)
        let entry = isLocal ? bare : "nolocal:\(bare)"
        setVariableUnchecked(entry, value)
        let listed = (variables[list] ?? "").split(separator: ",").map(String.init)
        if !listed.contains(entry) { setVariable(list, (listed + [entry]).joined(separator: ",")) }
    }

    private static func splitExport(_ name: String) -> (name: String, isLocal: Bool) {
        for prefix in ["nolocal:", "_nolocal_"] where name.hasPrefix(prefix) {
            return (String(name.dropFirst(prefix.count)), false)
        }
        return (name, true)
    }

    /// The variables that a leg made by this channel gets.
    public func exportedVariables() -> [(name: String, value: String)] {
        exportedVariables(of: "export_vars")
    }

    /// The variables that a list names, under the names that the other channel knows them by.
    func exportedVariables(of list: String) -> [(name: String, value: String)] {
        (variables[list] ?? "").split(separator: ",").compactMap { entry in
            guard let value = variables[String(entry)] else { return nil }
            return (Self.splitExport(String(entry)).name, value)
        }
    }

    /// Expands `${…}` in a text with the channel's variables, its caller profile, global variables and commands.
    ///
    /// - Parameter overlay: Variables that count before those of the channel, for this text alone.
    public func expand(_ text: String, below overlay: [(name: String, value: String)] = []) async -> String {
        let template = Template(text)
        if let plain = template.literal { return plain }
        return await template.expand(in: SessionScope(self, below: overlay))
    }

    /// Expands a compiled text.
    public func expand(_ template: Template) async -> String {
        await template.expand(in: SessionScope(self))
    }
}
