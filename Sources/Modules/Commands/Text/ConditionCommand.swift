import Base

/// `cond <a> <operator> <b> ? <x> : <y>`: chooses between two texts.
///
/// Numbers compare as numbers. Text beside text compares as text for `==` and `!=`; in every other case a text counts
/// as many as it has bytes, which is FreeSWITCH's way. Single quotes make a text of a number, and one of several words.
enum ConditionCommand {
    private struct Word {
        var text = ""
        var isQuoted = false

        var number: Double? {
            let digits = text.utf8.dropFirst(text.hasPrefix("-") || text.hasPrefix("+") ? 1 : 0)
            let isNumber = digits.allSatisfy { $0.decimalDigit != nil || $0 == UInt8(ascii: ".") }
            return isQuoted || !isNumber ? nil : Double(text)
        }

        /// What it counts in a comparison of numbers.
        var weight: Double { number ?? Double(text.utf8.count) }
    }

    /// The most words that a condition has.
    private static let wordCount = 7

    /// The text that the condition chooses, or `-ERR`.
    static func result(of text: String) -> String {
        let words = words(of: text)
        guard words.count == wordCount || words.count == wordCount - 2, words[3].text == "?",
            words.count < wordCount || words[5].text == ":", let holds = compare(words[0], words[1].text, words[2])
        else { return "-ERR" }
        if holds { return words[4].text }
        return words.count == wordCount ? words[6].text : ""
    }

    private static func compare(_ left: Word, _ comparison: String, _ right: Word) -> Bool? {
        let areTexts = left.number == nil && right.number == nil
        return switch comparison {
        case "==": areTexts ? left.text == right.text : left.weight == right.weight
        case "!=": areTexts ? left.text != right.text : left.weight != right.weight
        case "<": left.weight < right.weight
        case "<=": left.weight <= right.weight
        case ">": left.weight > right.weight
        case ">=": left.weight >= right.weight
        default: nil
        }
    }

    /// The words between spaces; a quote that is never closed reaches to the end.
    private static func words(of text: String) -> [Word] {
        var words: [Word] = []
        var word: Word?
        var isInside = false
        for character in text {
            switch character {
            case "'":
                isInside.toggle()
                word = word ?? Word()
                word?.isQuoted = true
            case " " where !isInside:
                if let ended = word { words.append(ended) }
                word = nil
            default:
                word = word ?? Word()
                word?.text.append(character)
            }
        }
        if let ended = word { words.append(ended) }
        return words
    }
}
