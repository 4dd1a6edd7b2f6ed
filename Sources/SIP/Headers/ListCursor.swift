/// Walks over the values of a comma list, minding quoted strings and angle brackets (RFC 3261 §7.3.1).
struct ListCursor {
    private var at: Int
    private let end: Int
    /// Whether a value was empty, as in `a,,b`.
    private(set) var sawEmpty = false
    private var isDone = false

    init(_ range: Range<Int>) {
        (at, end) = (range.lowerBound, range.upperBound)
    }

    /// The next value without white space around it; empty ones are passed over.
    mutating func next(_ bytes: Span<UInt8>) -> Range<Int>? {
        while !isDone {
            let start = at
            var inAngles = false
            scan: while at < end {
                switch bytes[at] {
                case UInt8(ascii: "\"") where !inAngles:
                    // An open quote swallows the rest: what reads the value then finds that it does not close.
                    at = bytes.skippingQuoted(from: at, to: end) ?? end
                    continue scan
                case UInt8(ascii: "<"): inAngles = true
                case UInt8(ascii: ">"): inAngles = false
                case UInt8(ascii: ",") where !inAngles: break scan
                default: break
                }
                at += 1
            }
            let value = bytes.trimmingLWS(start..<min(at, end))
            if at < end { at += 1 } else { isDone = true }
            if !value.isEmpty { return value }
            sawEmpty = true
        }
        return nil
    }
}
