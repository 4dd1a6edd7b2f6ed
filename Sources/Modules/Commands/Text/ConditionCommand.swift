import Base

/// `cond <a> <operator> <b> ? <x> : <y>`: chooses between two texts.
///
/// Numbers compare as numbers. Text beside text compares as text for `==` and `!=`; in every other case a text counts
/// as many as it has bytes, which is FreeSWITCH's way. A quoted text is none of a number, and may have spaces in it. What is
/// chosen is a list with `:` between its items, so spaces in it stay.
struct ConditionCommand {
    /// One side of the comparison.
    private struct Side {
        var text: String
        var isQuoted: Bool

        var number: Double? {
            let digits = text.utf8.dropFirst(text.hasPrefix("-") || text.hasPrefix("+") ? 1 : 0)
            let isNumber = digits.allSatisfy { $0.decimalDigit != nil || $0 == UInt8(ascii: ".") }
            return isQuoted || !isNumber ? nil : Double(text)
        }

        /// What it counts in a comparison of numbers.
        var weight: Double { number ?? Double(text.utf8.count) }
    }

    private static let space = UInt8(ascii: " ")
    private static let operators = ["==", "!=", "<=", ">=", "<", ">"]

    private var rest: Substring.UTF8View

    private init(_ text: String) { rest = Substring(text).utf8 }

    /// The text that the condition chooses, or `-ERR`.
    static func result(of text: String) -> String {
        var command = ConditionCommand(text)
        guard let left = command.nextSide() else { return "-ERR" }
        command.skipSpaces()
        guard let comparison = command.nextOperator(), command.rest.first == space else { return "-ERR" }
        command.skipSpaces()
        guard let right = command.nextSide() else { return "-ERR" }
        command.skipSpaces()
        guard command.rest.first == UInt8(ascii: "?") else { return "-ERR" }
        let choices = ListSplitter.split(":" + String(Substring(command.rest.dropFirst())), by: ":", limit: 3)
        guard choices.count >= 2 else { return "-ERR" }
        if compare(left, comparison, right) { return choices[1] }
        return choices.count > 2 ? choices[2] : ""
    }

    private static func compare(_ left: Side, _ comparison: String, _ right: Side) -> Bool {
        let areTexts = left.number == nil && right.number == nil
        return switch comparison {
        case "==": areTexts ? left.text == right.text : left.weight == right.weight
        case "!=": areTexts ? left.text != right.text : left.weight != right.weight
        case "<": left.weight < right.weight
        case "<=": left.weight <= right.weight
        case ">": left.weight > right.weight
        default: left.weight >= right.weight
        }
    }

    // MARK: - Reading

    private mutating func skipSpaces() { rest = rest.drop { $0 == Self.space } }

    private mutating func nextOperator() -> String? {
        guard let found = Self.operators.first(where: { rest.starts(with: $0.utf8) }) else { return nil }
        rest = rest.dropFirst(found.utf8.count)
        return found
    }

    /// A text up to a space, which may be empty; a quote is one only at its beginning.
    private mutating func nextSide() -> Side? {
        let isQuoted = rest.first == UInt8(ascii: "'")
        if isQuoted { rest = rest.dropFirst() }
        guard let end = isQuoted ? closingQuote() : rest.firstIndex(of: Self.space) else { return nil }
        let text = String(Substring(rest[..<end]))
        rest = rest[end...]
        if isQuoted { rest = rest.dropFirst() }
        return rest.first == Self.space ? Side(text: text, isQuoted: isQuoted) : nil
    }

    private func closingQuote() -> Substring.UTF8View.Index? {
        var index = rest.startIndex
        while index < rest.endIndex {
            let next = rest.index(after: index)
            switch rest[index] {
            case UInt8(ascii: "'"): return index
            case UInt8(ascii: "\\")
            where next < rest.endIndex && [UInt8(ascii: "\\"), UInt8(ascii: "'")].contains(rest[next]):
                index = rest.index(after: next)
            default: index = next
            }
        }
        return nil
    }
}
