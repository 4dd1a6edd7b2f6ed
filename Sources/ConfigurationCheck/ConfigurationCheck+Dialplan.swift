import DialplanXML
import SwitchCore
import XMLConfig

/// The `dialplan` section.
extension ConfigurationCheck {
    func checkDialplan(_ section: XMLNode) -> [Diagnostic] {
        section.children(named: "context").flatMap { context in
            CompiledContext(compiling: context).diagnostics + checkNode(context)
        }
    }

    private func checkNode(_ node: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        switch node.name {
        case "action", "anti-action": diagnostics += checkAction(node)
        case "condition", "regex":
            for name in ["field", "expression"] {
                if let text = node[attribute: name] { diagnostics += checkCommands(in: text, at: node.location) }
            }
        default: break
        }
        for child in node.children { diagnostics += checkNode(child) }
        return diagnostics
    }

    private func checkAction(_ node: XMLNode) -> [Diagnostic] {
        guard let name = node.nonEmpty(attribute: "application") else {
            return [Diagnostic(.error, at: node.location, "an action needs an application")]
        }
        let data = node.text.isEmpty ? node[attribute: "data"] ?? "" : node.text
        var diagnostics = checkCommands(in: data, at: node.location)
        guard let isInlineAllowed = known.applications[name] else {
            let found = missing(
                "application",
                name,
                ours: known.applications.keys,
                theirs: FreeSWITCHNames.applications,
                at: node.location
            )
            return diagnostics + [found]
        }
        if node[attribute: "inline"]?.isTrueSetting == true, !isInlineAllowed {
            diagnostics.append(Diagnostic(.error, at: node.location, "the application \"\(name)\" cannot run inline"))
        }
        if name == "bridge", !Template.containsReference(data), !data.contains("$") {
            diagnostics += checkDialString(data, at: node.location)
        }
        return diagnostics
    }

    private func checkDialString(_ text: String, at location: SourceLocation) -> [Diagnostic] {
        let dial: DialString
        do throws(DialStringError) {
            dial = try DialString(parsing: text)
        } catch {
            return [Diagnostic(.error, at: location, "\(error)")]
        }
        return dial.groups.flatMap { $0.alternatives.joined() }.compactMap { leg in
            guard !known.endpoints.contains(leg.endpoint) else { return nil }
            return Diagnostic(.warning, at: location, "the endpoint \"\(leg.endpoint)\" is not in this version")
        }
    }

    /// `${name(arguments)}` and `${name arguments}` call a command.
    private func checkCommands(in text: String, at location: SourceLocation) -> [Diagnostic] {
        CommandReferences.names(in: text).compactMap { name in
            guard !known.commands.contains(name) else { return nil }
            return missing(
                "command",
                name,
                ours: known.commands,
                theirs: FreeSWITCHNames.commands,
                at: location
            )
        }
    }
}
