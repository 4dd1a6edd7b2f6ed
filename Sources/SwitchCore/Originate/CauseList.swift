import Base

/// A list of causes as `continue_on_fail` and its relatives take it: `true`, names, numbers, or all but some (`!`).
public struct CauseList: Sendable, Equatable {
    private enum Kind: Equatable {
        case all
        case only(Set<String>)
        case allBut(Set<String>)
    }

    private let kind: Kind

    /// Every cause.
    static let all = CauseList(kind: .all)

    private init(kind: Kind) { self.kind = kind }

    /// Reads a list; `nil` when the text means false.
    public init?(_ text: String) {
        if text.isTrueSetting, Int(text) == nil || text == "1" {
            kind = .all
            return
        }
        let isNegated = text.hasPrefix("!")
        let words = text.dropFirst(isNegated ? 1 : 0).split(separator: ",").map { word in
            let trimmed = word.drop { $0 == " " }
            return HangupCause(trimmed)?.name ?? trimmed.uppercased()
        }
        guard !words.isEmpty, text.lowercased() != "false" else { return nil }
        kind = isNegated ? .allBut(Set(words)) : .only(Set(words))
    }

    /// Whether a cause is in the list.
    public func contains(_ cause: HangupCause) -> Bool {
        switch kind {
        case .all: true
        case .only(let names): names.contains(cause.name)
        case .allBut(let names): !names.contains(cause.name)
        }
    }
}
