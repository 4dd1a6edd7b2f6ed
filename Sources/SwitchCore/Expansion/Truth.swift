internal import Base

private let trueWords = ["yes", "on", "true", "t", "enabled", "active", "allow"]

extension String {
    /// Whether a setting or variable means true: yes, on, true, t, enabled, active, allow or a number other than 0.
    public var isTrueSetting: Bool {
        if trueWords.contains(where: { equalsIgnoringASCIICase($0) }) { return true }
        let isSigned = utf8.first == UInt8(ascii: "-") || utf8.first == UInt8(ascii: "+")
        let digits = utf8.dropFirst(isSigned ? 1 : 0)
        guard !digits.isEmpty, digits.allSatisfy({ $0.decimalDigit != nil || $0 == UInt8(ascii: ".") }) else {
            return false
        }
        return LeadingInteger.parse(self) != 0
    }
}
