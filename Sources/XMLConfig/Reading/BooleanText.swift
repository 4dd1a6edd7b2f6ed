import Base

extension StringProtocol {
    /// Whether a configuration value means "yes".
    ///
    /// `yes`, `on`, `true`, `t`, `enabled`, `active`, `allow` in any case and numbers other than zero do.
    /// Everything else means "no".
    public var isConfigurationTrue: Bool {
        let text = String(self)
        for word in ["yes", "on", "true", "t", "enabled", "active", "allow"] where text.equalsIgnoringASCIICase(word) {
            return true
        }
        return text.isNonZeroNumber
    }

    private var isNonZeroNumber: Bool {
        var points = 0
        var digits = 0
        var hasNonZero = false
        for (index, byte) in utf8.enumerated() {
            if let digit = byte.decimalDigit {
                digits += 1
                hasNonZero = hasNonZero || digit != 0
            } else if byte == UInt8(ascii: ".") {
                points += 1
            } else if index > 0 || (byte != UInt8(ascii: "-") && byte != UInt8(ascii: "+")) {
                return false
            }
        }
        return digits > 0 && points <= 1 && hasNonZero
    }
}
