import Base
import DialplanXML
import SwitchCore
import XMLConfig

/// The sections `dialplan` and `chatplan`: how extensions are written, and what their actions name.
struct DialplanCheck {
    /// What the extensions are for.
    enum Kind {
        case calls, texts
    }

    let known: KnownNames
    let names: TreeNames
    let kind: Kind
    var findings = FindingList()

    /// What findings about conditions are about.
    var subject: Finding.Subject { kind == .calls ? .dialplan : .chatplan }

    private static let conditionAttributes =
        ["field", "expression", "break", "regex", "require-nested"] + TimeOfDay.attributeNames
    private static let actionAttributes = ["application", "data", "inline", "loop"]

    init(known: KnownNames, root: XMLNode, kind: Kind = .calls) {
        (self.known, self.kind) = (known, kind)
        names = TreeNames(root)
    }

    mutating func check(_ section: XMLNode) {
        for child in section.children {
            guard child.name == "context" else {
                reportUnread(child, expected: ["context"])
                continue
            }
            findings.add(subject, CompiledContext(compiling: child).diagnostics)
            for node in child.children {
                if node.name == "extension" {
                    checkExtension(node)
                } else {
                    reportUnread(node, expected: ["extension"])
                }
            }
        }
    }

    private mutating func checkExtension(_ node: XMLNode) {
        checkAttributes(of: node, ["name", "continue"])
        // The compiler of contexts reports extensions without any condition.
        let hasConditions = node.first("condition") != nil
        var assignments: [String: Int] = [:]
        for child in node.children {
            switch child.name {
            case "condition": checkCondition(child, &assignments)
            case "action", "anti-action":
                guard hasConditions else { continue }
                findings.add(subject, .warning, child, "an \(child.name) outside of a condition never runs")
            default: reportUnread(child, expected: ["condition"])
            }
        }
    }

    /// - Parameter assignments: What actions before this condition set without `inline`, with the line.
    private mutating func checkCondition(_ node: XMLNode, _ assignments: inout [String: Int]) {
        checkAttributes(of: node, Self.conditionAttributes)
        checkTest(node, assignments)
        for child in node.children where child.name != "condition" && child.name != "expression" {
            switch child.name {
            case "regex":
                checkAttributes(of: child, Self.conditionAttributes)
                checkTest(child, assignments)
            case "action", "anti-action":
                checkAttributes(of: child, Self.actionAttributes)
                checkAction(child)
                if let name = Self.assignedVariable(child) { assignments[name] = child.location.line }
            default: reportUnread(child, expected: ["action", "anti-action", "condition", "regex"])
            }
        }
        for child in node.children(named: "condition") { checkCondition(child, &assignments) }
    }

    // MARK: - Tests

    private mutating func checkTest(_ node: XMLNode, _ assignments: [String: Int]) {
        guard let field = node[attribute: "field"] else { return }
        let expression = node.first("expression")?.text ?? node[attribute: "expression"] ?? ""
        checkCommands(in: expression, at: node)
        guard field.contains("$") else {
            checkField(field, expression, at: node)
            return
        }
        checkCommands(in: field, at: node)
        for name in Template(field).variableNames {
            guard let line = assignments[name.lowercased()] else { continue }
            let text = "${\(name)} is tested before the action of line \(line) sets it, which needs inline=\"true\""
            findings.add(subject, .note, node, text)
        }
    }

    private mutating func checkField(_ field: String, _ expression: String, at node: XMLNode) {
        // Of a text every header is a field.
        guard kind == .calls else { return }
        if CallerProfile().field(field) == nil {
            if FreeSWITCHNames.profileFields.contains(field.lowercased()) {
                let text = "the field \"\(field)\" is not in this version, it is always empty"
                findings.add(subject, .warning, node, text)
            } else {
                // Applications can make fields of their own (set_profile_var).
                let hint = SpellingSuggestion.hint(for: field, among: FreeSWITCHNames.profileFields)
                let severity: Diagnostic.Severity = hint.isEmpty ? .note : .warning
                findings.add(subject, severity, node, "there is no field \"\(field)\"\(hint)")
            }
        }
        if field.lowercased() == "destination_number", expression.count > 1, expression.allSatisfy(\.isNumber) {
            let text = "\"\(expression)\" is found in longer numbers too: ^\(expression)$ is the number itself"
            findings.add(subject, .note, node, text)
        }
    }

    /// The variable that an action sets when it runs, which is after all conditions were tested.
    private static func assignedVariable(_ action: XMLNode) -> String? {
        let application = action[attribute: "application"]?.lowercased()
        guard application == "set" || application == "export", action[attribute: "inline"]?.isTrueSetting != true
        else { return nil }
        var data = action.actionData[...]
        if data.hasPrefix("nolocal:") { data = data.dropFirst("nolocal:".count) }
        return data.firstIndex(of: "=").map { data[..<$0].lowercased() }
    }

    // MARK: - Structure

    /// Reports misspelt attributes; others are left alone, for front ends add attributes of their own.
    private mutating func checkAttributes(of node: XMLNode, _ expected: [String]) {
        for attribute in node.attributes where !expected.contains(attribute.name) {
            guard let nearest = SpellingSuggestion.nearest(to: attribute.name, among: expected) else { continue }
            let text = "nothing reads \(attribute.name)=\"…\" here, did you mean \"\(nearest)\"?"
            findings.add(subject, .warning, node, text)
        }
    }

    private mutating func reportUnread(_ node: XMLNode, expected: [String]) {
        let hint = SpellingSuggestion.hint(for: node.name, among: expected)
        findings.add(subject, .warning, node, "nothing reads <\(node.name)> here\(hint)")
    }
}

extension XMLNode {
    /// The data of an action: its text wins over the attribute.
    var actionData: String { text.isEmpty ? self[attribute: "data"] ?? "" : text }
}
