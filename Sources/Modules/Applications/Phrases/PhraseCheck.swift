public import XMLConfig

/// What `tandem check` finds in the phrases of a language.
public enum PhraseCheck {
    /// Macros that cannot be used, and actions that do nothing, of all macros below a node.
    public static func diagnostics(for node: XMLNode) -> [Diagnostic] {
        guard node.name == "macro" else { return node.children.flatMap(diagnostics) }
        var found: [Diagnostic] = []
        do {
            _ = try PhraseMacro(node)
        } catch {
            found.append(Diagnostic(.error, at: node.location, "\(error)"))
        }
        for action in actions(below: node) {
            let function = action[attribute: "function"] ?? ""
            guard !PhraseMacro.functions.contains(function.lowercased()) else { continue }
            let hint = SpellingSuggestion.hint(for: function, among: PhraseMacro.functions)
            found.append(Diagnostic(.warning, at: action.location, "there is no function \"\(function)\"\(hint)"))
        }
        return found
    }

    private static func actions(below node: XMLNode) -> [XMLNode] {
        node.children.flatMap { $0.name == "action" ? [$0] : actions(below: $0) }
    }
}
