extension StringProtocol {
    /// Whether a setting or a variable means yes.
    ///
    /// These do: `yes`, `on`, `true`, `t`, `enabled`, `active`, `allow` in any case, and a number whose whole part is
    /// not zero (so `1.5` does and `0.5` does not). Everything else means no.
    public var isTrueSetting: Bool {
        let text = String(self)
        for word in ["yes", "on", "true", "t", "enabled", "active", "allow"] where text.equalsIgnoringASCIICase(word) {
            return true
        }
        return text.hasNonZeroWholePart
    }
}

extension String {
    /// Whether this is a number (a sign, digits, points) with something other than zeros before its first point.
    fileprivate var hasNonZeroWholePart: Bool {
        let isSigned = utf8.first == UInt8(ascii: "-") || utf8.first == UInt8(ascii: "+")
        let number = utf8.dropFirst(isSigned ? 1 : 0)
        guard number.allSatisfy({ $0.decimalDigit != nil || $0 == UInt8(ascii: ".") }) else { return false }
        return number.prefix { $0 != UInt8(ascii: ".") }.contains { $0 != UInt8(ascii: "0") }
    }
}
