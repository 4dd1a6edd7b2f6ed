/// The few questions that text protocols ask about a byte.
extension UInt8 {
    /// The value of `0`…`9`.
    public var decimalDigit: UInt8? {
        let value = self &- UInt8(ascii: "0")
        return value <= 9 ? value : nil
    }

    /// The value of `0`…`9`, `a`…`f`, `A`…`F`.
    public var hexDigit: UInt8? {
        if let value = decimalDigit { return value }
        let value = (self | 0x20) &- UInt8(ascii: "a")
        return value <= 5 ? value + 10 : nil
    }

    /// The byte with `A`…`Z` made small; everything else as it is.
    public var lowercasedASCII: UInt8 {
        self &- UInt8(ascii: "A") <= 25 ? self | 0x20 : self
    }

    /// Whether the byte is a space or a tab.
    public var isBlank: Bool { self == 0x20 || self == 0x09 }
}

extension String {
    /// Whether two texts are the same when ASCII letters are compared without case.
    ///
    /// This is the one for two whole strings; it is called for every header parameter and must not be generic.
    public func equalsIgnoringASCIICase(_ other: String) -> Bool {
        let right = other.utf8.span
        return utf8.count == right.count && hasPrefix(right)
    }

    /// Whether two texts are the same when ASCII letters are compared without case.
    public func equalsIgnoringASCIICase(_ other: Substring) -> Bool {
        let right = other.utf8.span
        return utf8.count == right.count && hasPrefix(right)
    }

    /// Whether a text begins with another when ASCII letters are compared without case.
    public func hasPrefixIgnoringASCIICase(_ prefix: String) -> Bool {
        hasPrefix(prefix.utf8.span)
    }

    private func hasPrefix(_ prefix: Span<UInt8>) -> Bool {
        let text = utf8.span
        guard text.count >= prefix.count else { return false }
        for position in prefix.indices where text[position].lowercasedASCII != prefix[position].lowercasedASCII {
            return false
        }
        return true
    }
}

extension StringProtocol {
    /// Whether all that the text has are visible characters of ASCII: VCHAR of RFC 5234, without spaces and controls.
    ///
    /// An empty text is one, too.
    public var isVisibleASCII: Bool { utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }

    /// The text without the spaces and tabs around it.
    public var trimmingBlanks: String {
        var bytes = Substring(self).utf8
        while bytes.first?.isBlank == true { bytes.removeFirst() }
        while bytes.last?.isBlank == true { bytes.removeLast() }
        return String(Substring(bytes))
    }
}
