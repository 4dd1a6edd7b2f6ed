import Base

extension String {
    /// The text of a range of bytes, repaired where it is not UTF-8.
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        self = unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The text of a header value: every fold becomes one space (RFC 3261 §7.3.1).
    init(unfolding bytes: Span<UInt8>, _ range: Range<Int>) {
        var isFolded = false
        for at in range where bytes[at] == 0x0D { isFolded = true }
        guard isFolded else {
            self.init(bytes, range)
            return
        }
        var out: [UInt8] = []
        out.reserveCapacity(range.count)
        var at = range.lowerBound
        while at < range.upperBound {
            let end = bytes.skippingLWS(from: at, to: range.upperBound)
            if end == at {
                out.append(bytes[at])
                at += 1
                continue
            }
            var hasLineEnd = false
            for blank in at..<end where bytes[blank] == 0x0D { hasLineEnd = true }
            if hasLineEnd {
                out.append(0x20)
            } else {
                for blank in at..<end { out.append(bytes[blank]) }
            }
            at = end
        }
        self.init(decoding: out, as: UTF8.self)
    }

    /// The text of a quoted string's inside: `\` taken away, folds as spaces.
    init(unquoting bytes: Span<UInt8>, _ range: Range<Int>) {
        var out: [UInt8] = []
        out.reserveCapacity(range.count)
        var at = range.lowerBound
        while at < range.upperBound {
            if bytes[at] == UInt8(ascii: "\\"), at + 1 < range.upperBound {
                out.append(bytes[at + 1])
                at += 2
            } else if bytes[at] == 0x0D {
                out.append(0x20)
                at = bytes.skippingLWS(from: at, to: range.upperBound)
            } else {
                out.append(bytes[at])
                at += 1
            }
        }
        self.init(decoding: out, as: UTF8.self)
    }
}

extension Span where Element == UInt8 {
    /// The first position from `start` on that is not linear white space.
    func skippingLWS(from start: Int, to end: Int) -> Int {
        var at = start
        while at < end, self[at].isLWS { at += 1 }
        return at
    }

    /// The range without linear white space at both ends.
    func trimmingLWS(_ range: Range<Int>) -> Range<Int> {
        let start = skippingLWS(from: range.lowerBound, to: range.upperBound)
        var end = range.upperBound
        while end > start, self[end - 1].isLWS { end -= 1 }
        return start..<end
    }

    /// The position behind the closing quote of the quoted string that begins at `start`; `nil` when it never closes.
    func skippingQuoted(from start: Int, to end: Int) -> Int? {
        var at = start + 1
        while at < end {
            switch self[at] {
            case UInt8(ascii: "\\"):
                // A quoted pair escapes neither CR nor LF (RFC 3261 §25.1), so that no fold hides in one.
                guard at + 1 < end, self[at + 1] != 0x0D, self[at + 1] != 0x0A else { return nil }
                at += 2
            case UInt8(ascii: "\""): return at + 1
            default: at += 1
            }
        }
        return nil
    }

    /// The first position from `start` on whose byte is not in the set.
    func skipping(_ set: ByteSet, from start: Int, to end: Int) -> Int {
        var at = start
        while at < end, set.contains(self[at]) { at += 1 }
        return at
    }

    /// The same, but `%HH` counts as one of the set; `nil` for a `%` without two digits.
    func skippingEscaped(_ set: ByteSet, from start: Int, to end: Int) -> Int? {
        var at = start
        while at < end {
            if set.contains(self[at]) {
                at += 1
            } else if self[at] == UInt8(ascii: "%") {
                guard at + 2 < end, self[at + 1].hexDigit != nil, self[at + 2].hexDigit != nil else { return nil }
                at += 3
            } else {
                break
            }
        }
        return at
    }

    /// Whether the range holds that text when letters are compared without case; `text` is in small letters.
    func equals(_ range: Range<Int>, folded text: String) -> Bool {
        guard range.count == text.utf8.count else { return false }
        var at = range.lowerBound
        for byte in text.utf8 {
            if self[at].lowercasedASCII != byte { return false }
            at += 1
        }
        return true
    }

    /// The number that the range spells in decimal digits only; saturates at `limit` + 1.
    func decimal(_ range: Range<Int>, limit: Int = Int(UInt32.max)) -> Int? {
        guard !range.isEmpty else { return nil }
        var value = 0
        for at in range {
            guard let digit = self[at].decimalDigit else { return nil }
            value = Swift.min(value &* 10 &+ Int(digit), limit &+ 1)
        }
        return value
    }
}
