/// A parsed `name`, `name[index]`, `name:offset` or `name:offset:length` as it stands between `${` and `}`.
struct VariableReference: Sendable, Equatable {
    var name: String
    var index: Int?
    var slice: Slice?

    /// A substring by bytes, as `${name:offset:length}`; a length of 0 means the rest.
    struct Slice: Sendable, Equatable {
        var offset: Int
        var length: Int
    }

    init(_ text: String) {
        var head = text[...]
        if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
            head = text[..<colon]
            let numbers = text[text.utf8.index(after: colon)...]
            if let second = numbers.utf8.firstIndex(of: UInt8(ascii: ":")) {
                let length = LeadingInteger.parse(numbers[numbers.utf8.index(after: second)...])
                slice = Slice(offset: LeadingInteger.parse(numbers[..<second]), length: length)
            } else {
                slice = Slice(offset: LeadingInteger.parse(numbers), length: 0)
            }
        }
        if let open = head.utf8.firstIndex(of: UInt8(ascii: "[")), head[open...].utf8.contains(UInt8(ascii: "]")) {
            index = LeadingInteger.parse(head[head.utf8.index(after: open)...])
            head = head[..<open]
        }
        name = String(head)
    }

    /// The array element that a name such as `list[3]` assigns to.
    static func elementTarget(of name: String) -> (name: String, index: Int)? {
        let reference = VariableReference(name)
        guard let index = reference.index, reference.slice == nil, !reference.name.isEmpty else { return nil }
        return (reference.name, index)
    }
}

extension VariableReference.Slice {
    /// The part of the value that the slice names.
    ///
    /// An offset beyond the end gives nothing, a negative one beyond the start everything; the length counts only when
    /// it is shorter than what remains. Offsets count bytes; a character that would be cut is left out.
    func apply(to value: String) -> String {
        let bytes = value.utf8
        var skipped = 0
        if offset >= 0 {
            guard offset < bytes.count else { return "" }
            skipped = offset
        } else if offset >= -bytes.count {
            skipped = bytes.count + offset
        }
        var start = bytes.index(bytes.startIndex, offsetBy: skipped)
        while start < bytes.endIndex, bytes[start] & 0xC0 == 0x80 { start = bytes.index(after: start) }
        var end = bytes.endIndex
        if length > 0, length < bytes.count - skipped {
            end = bytes.index(bytes.startIndex, offsetBy: skipped + length)
            while end > start, end < bytes.endIndex, bytes[end] & 0xC0 == 0x80 { end = bytes.index(before: end) }
        }
        return start < end ? String(value[start..<end]) : ""
    }
}

/// The number at the beginning of a text, as C's `atoi` reads it: blanks, a sign, digits; 0 when there are none.
enum LeadingInteger {
    static func parse(_ text: some StringProtocol) -> Int {
        var value = 0
        var negative = false
        var started = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"):
                if started { return negative ? -value : value }
            case UInt8(ascii: "-"), UInt8(ascii: "+"):
                if started { return negative ? -value : value }
                started = true
                negative = byte == UInt8(ascii: "-")
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                started = true
                // A billion is beyond every use; stopping there keeps sums of such numbers in range.
                value = min(value * 10 + Int(byte - UInt8(ascii: "0")), 1_000_000_000)
            default:
                return negative ? -value : value
            }
        }
        return negative ? -value : value
    }
}
