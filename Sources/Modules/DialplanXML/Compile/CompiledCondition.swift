import Patterns
internal import SwitchCore
internal import XMLConfig

/// One `<extension>`, compiled.
struct CompiledExtension: Sendable {
    var name: String
    /// Whether hunting goes on after it matched.
    var continues: Bool
    var conditions: [CompiledCondition]
    /// A test that decides alone, in most calls, that nothing in the extension applies.
    var gate: Gate?

    /// The first condition when its failure ends the extension without a trace.
    struct Gate: Sendable {
        var slot: Int
        var expression: RegularExpression
    }
}

/// One `<condition>`, compiled.
struct CompiledCondition: Sendable {
    enum Rule: Sendable {
        /// No field and no regex rule: the time decides, or nothing does and it passes.
        case none
        case field(FieldTest)
        case regexes(Combination, [RegexChild])
    }

    /// How `<regex>` children are combined.
    enum Combination: Sendable {
        case any, all, xor
    }

    enum Break: Sendable {
        case onFalse, onTrue, always, never

        /// Whether the conditions after this one are left out.
        func ends(afterPassing passed: Bool) -> Bool {
            switch self {
            case .onFalse: !passed
            case .onTrue: passed
            case .always: true
            case .never: false
            }
        }
    }

    var time: TimeOfDay?
    var rule: Rule
    var breakRule: Break
    var actions: [CompiledAction]
    var antiActions: [CompiledAction]
    var nested: [CompiledCondition]
    /// Whether nested conditions that do not match end the extension.
    var requiresNested: Bool
}

/// One `<regex>` child.
struct RegexChild: Sendable {
    var time: TimeOfDay?
    var test: FieldTest?
}

/// A field and the expression it is tested against.
struct FieldTest: Sendable {
    enum Field: Sendable {
        /// A caller-profile field, by its place in the context's list of names.
        case profile(slot: Int)
        /// A text with a `$` in it.
        case text(Template)
    }

    enum Expression: Sendable {
        /// Known at load; nil when it is no expression, which never matches.
        case compiled(RegularExpression?)
        /// Has `${…}` in it.
        case dynamic(Template)
    }

    var field: Field
    var fieldText: String
    var expression: Expression
    var expressionText: String
}

/// One `<action>` or `<anti-action>`.
struct CompiledAction: Sendable {
    var application: String
    var data: CaptureTemplate
    var isInline: Bool
    /// How many times it is added.
    var count: Int
}
