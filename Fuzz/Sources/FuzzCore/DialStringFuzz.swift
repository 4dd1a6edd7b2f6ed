import Base
import SwitchCore

/// Feeds text to the small languages of the dialplan: dial strings, lists, scope variables and `${…}`.
public enum DialStringFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        checkDialString(text)
        checkLists(text)
        checkTemplate(text)
        checkCaptures(text)
    }

    private static func checkDialString(_ text: String) {
        guard let dial = try? DialString(parsing: text) else { return }
        precondition(!dial.groups.isEmpty && dial.groups.count <= DialString.maximumGroups)
        let inherited = [DialVariable(name: "inherited", value: "yes")]
        for group in dial.groups {
            precondition(!group.alternatives.isEmpty && group.alternatives.allSatisfy { !$0.isEmpty })
            precondition(group.alternatives.joined().count <= DialString.maximumLegs)
            let shared = dial.variables(of: group, inheriting: inherited)
            for leg in group.alternatives.joined() {
                precondition(leg.offset <= text.utf8.count)
                check(dial.variables(of: leg, in: group, inheriting: inherited), leg, shared)
            }
        }
    }

    /// What a group's legs share wins, unless the leg may clobber it or says who it is.
    private static func check(_ merged: [DialVariable], _ leg: DialString.Leg, _ shared: [DialVariable]) {
        let clobbers = (leg.variables + shared)[name: "local_var_clobber"]?.isTrueSetting ?? false
        for variable in shared where !clobbers && !variable.name.lowercased().hasPrefix("origination_") {
            precondition(merged[name: variable.name] == variable.value)
        }
        for variable in leg.variables { precondition(merged[name: variable.name] != nil) }
    }

    private static func checkLists(_ text: String) {
        for delimiter in [",", " ", "|"] as [Character] {
            precondition(ListSplitter.split(text, by: delimiter, limit: 8).count <= 8)
        }
        precondition(InlineDialplan.actions(of: text).count <= InlineDialplan.maximumActions)
        precondition(ScopeVariables.split(text).data.utf8.count <= text.utf8.count * 3)
    }

    private static func checkTemplate(_ text: String) {
        let template = Template(text)
        if let literal = template.literal, !Template.containsReference(text), !text.contains("\\") {
            precondition(literal == text, "plain text stays as it is")
        }
        if let expanded = template.expandSynchronously(in: Scope(text: text)) {
            precondition(expanded.utf8.count <= max(ExpansionLimits.length, text.utf8.count))
        }
        _ = (template.variableNames, template.commandNames, template.text(markingExpressionsWith: "x"))
        precondition(!Template.containsReference(Template.neutralized(text)))
        var variables = Variables()
        if variables.set(text, text).isAccepted { precondition(!Template.containsReference(text)) }
    }

    /// What a caller dialled never becomes an expression.
    private static func checkCaptures(_ text: String) {
        let template = CaptureTemplate("a$1b${2}{$0}")
        let output = template.substituting([text, text, "$"])
        precondition(!Template.containsReference(output))
    }

    /// Every name has the whole input as its value, or a half of it.
    private struct Scope: ExpansionScope {
        let text: String

        func variable(_ name: String, index: Int?) -> String? {
            switch name.utf8.count % 3 {
            case 0: nil
            case 1: text
            default: index.flatMap { VariableArray.element($0, of: text) } ?? String(text.prefix(text.count / 2))
            }
        }

        func callAPI(_ name: String, arguments: String) async -> String? { name + arguments }
    }
}
