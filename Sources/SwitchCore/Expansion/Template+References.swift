/// What a text refers to, for checking a configuration without a call.
extension Template {
    /// The variables that the text names, in order; computed names are left out.
    public var variableNames: [String] {
        segments.flatMap { segment -> [String] in
            switch segment {
            case .literal: []
            case .variable(let reference): [reference.name]
            case .computed(let template): template.variableNames
            case .api(let name, let arguments): name.variableNames + arguments.variableNames
            }
        }
    }

    /// The API commands that the text calls, also in the arguments of others; computed names are left out.
    public var commandNames: [String] {
        segments.flatMap { segment -> [String] in
            switch segment {
            case .literal, .variable: []
            case .computed(let template): template.commandNames
            case .api(let name, let arguments):
                (name.literal.map { [$0] } ?? name.commandNames) + arguments.commandNames
            }
        }
    }

    /// The text with a mark in the place of every expression.
    public func text(markingExpressionsWith mark: String) -> String {
        segments.map { segment in
            if case .literal(let text) = segment { text } else { mark }
        }.joined()
    }
}
