import Base

/// What text of strangers may have before it becomes a part of a dial string.
enum DialStringText {
    /// What separates legs, quotes, or holds variables; and `$`, which begins an expression.
    private static let meaningful = Array(",|{}<>'\"\\^$`".utf8)

    /// What the switch's own parameters begin with (`fs_path`, `fs_node` …), which say where a call really goes.
    private static let ownParameter = ";fs_"

    /// Whether a text means nothing but itself in a dial string.
    ///
    /// A bracket holds variables at the beginning of a leg, and an address elsewhere (`sip:1@[2001:db8::1]`); `:_:` parts
    /// groups that ring on their own.
    static func isHarmless(_ text: String) -> Bool {
        guard !text.isEmpty, text.isVisibleASCII, !text.contains(":_:"),
            !PercentEncoding.decode(text).lowercased().contains(ownParameter)
        else { return false }
        var previous: UInt8 = 0
        var isAddress = false
        for byte in text.utf8 {
            switch byte {
            case _ where meaningful.contains(byte): return false
            case UInt8(ascii: "["):
                guard !isAddress, previous == UInt8(ascii: "@") || previous == UInt8(ascii: ":") else { return false }
                isAddress = true
            case UInt8(ascii: "]"):
                guard isAddress else { return false }
                isAddress = false
            default:
                if isAddress, byte.hexDigit == nil, byte != UInt8(ascii: ":"), byte != UInt8(ascii: ".") {
                    return false
                }
            }
            previous = byte
        }
        return !isAddress
    }
}
