import Base
import Logging
import Patterns
import SwitchCore
import XMLConfig

/// A phrase: what is played, said and done for a text, depending on the patterns that the text matches.
struct PhraseMacro {
    /// What one step does.
    struct Action: Equatable {
        /// `play-file`, `say`, `speak-text`, `phrase`, `execute`, `sleep`, `break`.
        var function: String
        /// What to play, to say, to do.
        var data: String
        var type: String?
        var method: String?
        var gender: String?
        /// The application of `execute`, or the macro of `phrase`, where an attribute names it.
        var target: String?
    }

    /// A pattern with what follows when it matches, and when it does not.
    struct Input {
        var pattern: RegularExpression
        /// What the pattern is looked for in, with expressions; the phrase's data when `nil`.
        var field: String?
        var breaks: Break
        var match: [Action]
        var otherwise: [Action]
    }

    /// When the inputs that follow are left out.
    enum Break: Equatable {
        case never, onMatch, onMismatch, always

        init(_ text: String?) {
            switch text?.lowercased() {
            case "always"?: self = .always
            case "on_false"?, "on-false"?: self = .onMismatch
            case let text?: self = text.isTrueSetting || text == "on_true" || text == "on-true" ? .onMatch : .never
            case nil: self = .never
            }
        }
    }

    /// What an action can do.
    static let functions = ["break", "execute", "phrase", "play-file", "say", "sleep", "speak-text"]

    /// How many actions a macro may have.
    static let actionLimit = 1000

    let name: String
    /// How long to wait between two actions, in milliseconds.
    let pause: Int
    private(set) var inputs: [Input] = []

    /// Reads a `<macro>`.
    ///
    /// - Throws: What is wrong with a pattern, with its place.
    init(_ node: XMLNode) throws(SayError) {
        name = node[attribute: "name"] ?? ""
        pause = min(max(node[attribute: "pause"].flatMap { Int($0) } ?? 0, 0), 60_000)
        var count = 0
        for input in node.children(named: "input") {
            let pattern: RegularExpression
            do {
                pattern = try RegularExpression(expression: input[attribute: "pattern"] ?? ".*", isKept: false)
            } catch {
                throw SayError("\(input.location): \(error)")
            }
            let match = Self.actions(of: input.first("match"))
            let otherwise = Self.actions(of: input.first("nomatch"))
            count += match.count + otherwise.count
            guard count <= Self.actionLimit else { throw SayError("\(node.location): too many actions") }
            inputs.append(
                Input(
                    pattern: pattern,
                    field: input.nonEmpty(attribute: "field"),
                    breaks: Break(input[attribute: "break_on_match"]),
                    match: match,
                    otherwise: otherwise
                )
            )
        }
    }

    private static func actions(of node: XMLNode?) -> [Action] {
        guard let node else { return [] }
        return node.children(named: "action").map { action in
            Action(
                function: action[attribute: "function"]?.lowercased() ?? "",
                data: action[attribute: "data"] ?? "",
                type: action[attribute: "type"],
                method: action[attribute: "method"],
                gender: action[attribute: "gender"],
                target: action.nonEmpty(attribute: "application") ?? action.nonEmpty(attribute: "phrase")
            )
        }
    }
}

extension PhraseMacro.Input {
    /// What is to be done for a text, its captures put in, and whether the inputs that follow count.
    func outcome(for text: String) -> (actions: [PhraseMacro.Action], goesOn: Bool) {
        // A match that costs too much is none.
        guard let found = try? pattern.firstMatch(in: text) else {
            return (otherwise, breaks != .onMismatch && breaks != .always)
        }
        let actions = match.map { action in
            var action = action
            action.data = CaptureTemplate(action.data).substituting(found.captures)
            return action
        }
        return (actions, breaks != .onMatch && breaks != .always)
    }
}
