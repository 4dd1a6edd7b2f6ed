/// The literal text with which every match of an anchored expression begins.
///
/// Most expressions of a dialplan are `^1000$` or `^(10\d\d)$`: comparing a few bytes rejects them without the matcher.
/// When in doubt there is no prefix; a prefix is a necessary condition, never a guess.
struct LiteralPrefix {
    private let bytes: [UInt8]
    /// Whether the expression is `^literal$`.
    private let isWhole: Bool

    /// Reads the prefix off a pattern that is compiled without options.
    init?(pattern: [UInt8]) {
        guard pattern.first == UInt8(ascii: "^"), Self.isPlain(pattern) else { return nil }
        var bytes: [UInt8] = []
        var isWhole = false
        var index = 1
        scan: while index < pattern.count {
            var next = index + 1
            switch pattern[index] {
            case UInt8(ascii: "("):
                guard Self.isUnquantifiedGroup(pattern, at: index) else { break scan }
                index = next
                continue scan
            case UInt8(ascii: ")"):
                index = next
                continue scan
            case UInt8(ascii: "$"):
                isWhole = next == pattern.count
                break scan
            case UInt8(ascii: "\\"):
                guard next < pattern.count, Self.isPunctuation(pattern[next]) else { break scan }
                next += 1
            case UInt8(ascii: "."), UInt8(ascii: "["), UInt8(ascii: "^"), UInt8(ascii: "{"), UInt8(ascii: "*"),
                UInt8(ascii: "+"), UInt8(ascii: "?"):
                break scan
            default: break
            }
            if next < pattern.count, Self.isQuantifier(pattern[next]) { break scan }
            bytes.append(pattern[next - 1])
            index = next
        }
        guard isWhole || !bytes.isEmpty else { return nil }
        self.bytes = bytes
        self.isWhole = isWhole
    }

    /// Whether a text may match.
    func admits(_ subject: UnsafeBufferPointer<UInt8>) -> Bool {
        guard subject.count >= bytes.count else { return false }
        // `$` also matches before a line end at the very end.
        if isWhole, subject.count > bytes.count + 1 { return false }
        for index in bytes.indices where unsafe subject[index] != bytes[index] { return false }
        return true
    }

    /// No alternation, no `(?…)` construct, no `\Q`, `\E`: whatever could give a literal another meaning from afar.
    private static func isPlain(_ pattern: [UInt8]) -> Bool {
        var previous: UInt8 = 0
        for byte in pattern {
            if byte == UInt8(ascii: "|") { return false }
            if previous == UInt8(ascii: "("), byte == UInt8(ascii: "?") || byte == UInt8(ascii: "*") { return false }
            if previous == UInt8(ascii: "\\"), byte == UInt8(ascii: "Q") || byte == UInt8(ascii: "E") { return false }
            previous = byte
        }
        return true
    }

    /// Whether the group that opens at an index is matched exactly once.
    private static func isUnquantifiedGroup(_ pattern: [UInt8], at open: Int) -> Bool {
        var depth = 0
        var index = open
        var isClass = false
        while index < pattern.count {
            switch pattern[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "["):
                // Inside a class a bracket may begin `[:digit:]`, whose end would look like the end of the class.
                if isClass { return false }
                isClass = true
                if index + 1 < pattern.count, pattern[index + 1] == UInt8(ascii: "^") { index += 1 }
                if index + 1 < pattern.count, pattern[index + 1] == UInt8(ascii: "]") { index += 1 }
            case UInt8(ascii: "]"): isClass = false
            case UInt8(ascii: "(") where !isClass: depth += 1
            case UInt8(ascii: ")") where !isClass:
                depth -= 1
                if depth == 0 { return index + 1 >= pattern.count || !isQuantifier(pattern[index + 1]) }
            default: break
            }
            index += 1
        }
        return false
    }

    private static func isQuantifier(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "?") || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "{")
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...:
            false
        default: byte > 0x20
        }
    }
}
