import Base

/// Where the parts of a CSeq value are (RFC 3261 §20.16).
struct CSeqScan {
    let number: UInt32
    let method: Range<Int>

    /// Takes the whole range as the value; `nil` when it is none or its number is 2³¹ or more (RFC 3261 §8.1.1.5).
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var at = range.lowerBound
        while at < range.upperBound, bytes[at].decimalDigit != nil { at += 1 }
        guard let value = bytes.decimal(range.lowerBound..<at), value <= Int32.max, let number = UInt32(exactly: value)
        else { return nil }
        let start = bytes.skippingLWS(from: at, to: range.upperBound)
        let end = bytes.skipping(.token, from: start, to: range.upperBound)
        guard start > at, end > start, end == range.upperBound else { return nil }
        (self.number, method) = (number, start..<end)
    }
}
