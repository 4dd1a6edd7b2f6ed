/// An English whole number as a row of prompts.
struct EnglishNumber {
    /// The largest number that there are words for.
    static let maximum = 999_999_999

    private let value: Int

    /// A number; `nil` for one without words.
    init?(_ value: Int) {
        guard (0...Self.maximum).contains(value) else { return nil }
        self.value = value
    }

    /// Reads digits, perhaps with commas between them.
    init?(text: String) {
        let digits = text.filter { $0 != "," }
        guard !digits.isEmpty, digits.count <= 9, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        guard let value = Int(digits) else { return nil }
        self.init(value)
    }

    /// The prompts for the number as a whole.
    ///
    /// - Parameter isCounted: Whether the number is a place in an order: the last word is first, second, third.
    func prompts(isCounted: Bool = false) -> [String] {
        if value == 0 { return ["digits/0.wav"] }
        var prompts: [String] = []
        if value >= 1_000_000 { prompts += Self.group(value / 1_000_000) + ["digits/million.wav"] }
        if value / 1000 % 1000 > 0 { prompts += Self.group(value / 1000 % 1000) + ["digits/thousand.wav"] }
        return prompts + Self.group(value % 1000, isCounted: isCounted)
    }

    /// The prompts for the number as a year: nineteen ninety nine, two thousand twenty six, one thousand nine hundred.
    func yearPrompts() -> [String] {
        let (century, rest) = (value / 100, value % 100)
        guard rest != 0, century % 10 != 0, let first = Self(century) else { return prompts() }
        return first.prompts() + Self.group(rest)
    }

    private static func group(_ number: Int, isCounted: Bool = false) -> [String] {
        var prompts: [String] = []
        let (hundreds, rest) = (number / 100, number % 100)
        if hundreds > 0 { prompts += ["digits/\(hundreds).wav", "digits/hundred.wav"] }
        let order = isCounted ? "h-" : ""
        if rest >= 20 {
            let unit = rest % 10
            prompts.append("digits/\(unit == 0 ? order : "")\(rest - unit).wav")
            if unit > 0 { prompts.append("digits/\(order)\(unit).wav") }
        } else if rest > 0 {
            prompts.append("digits/\(order)\(rest).wav")
        }
        return prompts
    }
}
