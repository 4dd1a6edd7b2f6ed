internal import Base
import Patterns
internal import SwitchCore
internal import XMLConfig

/// Turns the XML of a context into what the hunter walks.
struct ContextCompiler {
    private(set) var diagnostics = DiagnosticList()
    private(set) var fieldNames: [String] = []

    /// How deep conditions may be nested.
    private static let maximumNesting = 100
    /// The most copies that `loop` makes of one action.
    private static let maximumLoop = 1000

    mutating func extensions(of context: XMLNode) -> [CompiledExtension] {
        var extensions: [CompiledExtension] = []
        for node in context.children(named: "extension") {
            let conditions = conditions(of: node, nesting: 0)
            if conditions.isEmpty, node.children.contains(where: { $0.name == "action" }) {
                report(.warning, node, "an extension without a condition never matches")
            }
            var compiled = CompiledExtension(
                name: node[attribute: "name"] ?? "_anon_",
                continues: node[attribute: "continue"]?.isTrueSetting ?? false,
                conditions: conditions
            )
            compiled.gate = gate(of: conditions)
            extensions.append(compiled)
        }
        return extensions
    }

    private func gate(of conditions: [CompiledCondition]) -> CompiledExtension.Gate? {
        guard let first = conditions.first, first.time == nil, first.antiActions.isEmpty,
            first.breakRule.ends(afterPassing: false), case .field(let test) = first.rule,
            case .profile(let slot) = test.field, case .compiled(let expression?) = test.expression
        else { return nil }
        return CompiledExtension.Gate(slot: slot, expression: expression)
    }

    private mutating func conditions(of node: XMLNode, nesting: Int) -> [CompiledCondition] {
        guard nesting <= Self.maximumNesting else {
            report(.error, node, "conditions are nested deeper than \(Self.maximumNesting)")
            return []
        }
        var conditions: [CompiledCondition] = []
        for child in node.children(named: "condition") { conditions.append(condition(child, nesting: nesting)) }
        return conditions
    }

    private mutating func condition(_ node: XMLNode, nesting: Int) -> CompiledCondition {
        let time = timeOfDay(of: node)
        let rule = rule(of: node)
        if time != nil, case .field = rule {
            report(.warning, node, "time attributes and a field on one condition: either of them passes it")
        }
        let hasCaptures = Self.mayCapture(rule)
        let nested = conditions(of: node, nesting: nesting + 1)
        return CompiledCondition(
            time: time,
            rule: rule,
            breakRule: breakRule(of: node),
            actions: actions(of: node, named: "action", hasCaptures: hasCaptures),
            antiActions: actions(of: node, named: "anti-action", hasCaptures: false),
            nested: nested,
            requiresNested: node[attribute: "require-nested"]?.isTrueSetting ?? true
        )
    }

    private mutating func timeOfDay(of node: XMLNode) -> TimeOfDay? {
        let time = TimeOfDay { node[attribute: $0] }
        for invalid in time?.invalidAttributes ?? [] {
            let text = "\(invalid.name)=\"\(invalid.value)\""
            report(.warning, node, "\(text) cannot be read or never comes, and does not match")
        }
        return time
    }

    private mutating func rule(of node: XMLNode) -> CompiledCondition.Rule {
        guard let word = node[attribute: "regex"] else {
            return test(of: node).map { .field($0) } ?? .none
        }
        let combination: CompiledCondition.Combination
        if word.equalsIgnoringASCIICase("all") {
            combination = .all
        } else if word.equalsIgnoringASCIICase("xor") {
            combination = .xor
        } else {
            combination = .any
            if !word.equalsIgnoringASCIICase("any") {
                report(.warning, node, "regex=\"\(word)\" is read as any; expected all, any or xor")
            }
        }
        var children: [RegexChild] = []
        for child in node.children(named: "regex") {
            children.append(RegexChild(time: timeOfDay(of: child), test: test(of: child)))
        }
        return .regexes(combination, children)
    }

    /// The field test of a `<condition>` or `<regex>`; nil without a field.
    private mutating func test(of node: XMLNode) -> FieldTest? {
        guard let fieldText = node[attribute: "field"] else { return nil }
        let field: FieldTest.Field
        if fieldText.utf8.contains(UInt8(ascii: "$")) {
            field = .text(Template(fieldText))
        } else {
            field = .profile(slot: slot(of: fieldText.lowercased()))
        }
        let text = node.first("expression")?.text ?? node[attribute: "expression"] ?? ""
        let template = Template(text)
        let expression: FieldTest.Expression
        if let literal = template.literal {
            expression = .compiled(compiled(literal, at: node))
        } else {
            expression = .dynamic(template)
        }
        return FieldTest(field: field, fieldText: fieldText, expression: expression, expressionText: text)
    }

    private mutating func compiled(_ expression: String, at node: XMLNode) -> RegularExpression? {
        do {
            return try RegularExpression(expression: expression)
        } catch {
            report(.error, node, "expression \"\(expression)\" never matches: \(error)")
            return nil
        }
    }

    private mutating func slot(of field: String) -> Int {
        if let slot = fieldNames.firstIndex(of: field) { return slot }
        fieldNames.append(field)
        return fieldNames.count - 1
    }

    private mutating func breakRule(of node: XMLNode) -> CompiledCondition.Break {
        guard let word = node[attribute: "break"] else { return .onFalse }
        switch word.lowercased() {
        case "on-false": return .onFalse
        case "on-true": return .onTrue
        case "always": return .always
        case "never": return .never
        default:
            report(.warning, node, "break=\"\(word)\" is read as on-false; expected on-true, always or never")
            return .onFalse
        }
    }

    private mutating func actions(of node: XMLNode, named name: String, hasCaptures: Bool) -> [CompiledAction] {
        var actions: [CompiledAction] = []
        for child in node.children(named: name) {
            let text = child.text.isEmpty ? child[attribute: "data"] ?? "" : child.text
            let data = CaptureTemplate(text)
            let loop = child[attribute: "loop"]
            let isInline = child[attribute: "inline"]?.isTrueSetting ?? false
            if data.hasCaptures, !hasCaptures {
                report(.warning, child, "$1 needs parentheses in the expression of its condition, and an action")
            }
            if !isInline, DialplanAction.isRefused(text) {
                report(.error, child, "data with \\' in it is refused")
            }
            // Like atoi: a text without a number adds the action no times.
            let count = loop.map { Int($0.prefix { $0.isASCII && $0.isNumber }) ?? 0 } ?? 1
            actions.append(
                CompiledAction(
                    application: child[attribute: "application"] ?? "",
                    data: data,
                    isInline: isInline,
                    count: min(count, Self.maximumLoop)
                )
            )
        }
        return actions
    }

    private static func mayCapture(_ rule: CompiledCondition.Rule) -> Bool {
        switch rule {
        case .none: false
        case .field(let test): test.mayCapture
        case .regexes(_, let children): children.contains { $0.test?.mayCapture ?? false }
        }
    }

    private mutating func report(_ severity: Diagnostic.Severity, _ node: XMLNode, _ message: String) {
        diagnostics.add(severity, at: node.location, message)
    }
}

extension FieldTest {
    fileprivate var mayCapture: Bool {
        switch expression {
        case .compiled: expressionText.utf8.contains(UInt8(ascii: "("))
        case .dynamic: true
        }
    }
}

extension DialplanAction {
    /// Data that contains `\'` is not executed: FreeSWITCH refuses it too.
    static func isRefused(_ data: String) -> Bool {
        var previous: UInt8 = 0
        for byte in data.utf8 {
            if previous == UInt8(ascii: "\\"), byte == UInt8(ascii: "'") { return true }
            previous = byte
        }
        return false
    }
}
