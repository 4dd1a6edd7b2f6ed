import Base

/// Makes what operators write acceptable to a strict XML parser, without changing its meaning or its lines.
///
/// A bare `&` becomes `&amp;`, as does one before a name that is no entity; a `<` inside an attribute value that
/// ends on the same line becomes `&lt;`; attributes that touch are parted; the XML declaration and text before the
/// first element are left out. Also notes the line that each start tag begins on, which the parser does not tell.
struct MarkupNormalizer {
    private let input: [UInt8]
    private var index = 0
    /// Up to where it is in the output: what is left as it is goes there in one piece.
    private var copied = 0
    private var line: UInt32 = 1
    private var entities = Self.usualEntities

    /// The text for the parser.
    private(set) var output: [UInt8] = []
    /// The line of each start tag, in the order written.
    private(set) var tagLines: [UInt32] = []
    /// The lines of comments and attribute values that go over several, and of tags without an end: where it was
    /// forgotten.
    private(set) var longSpans: [ClosedRange<UInt32>] = []
    /// Whether the text declares a document type, so that entities may hold elements of their own.
    private(set) var hasDoctype = false

    private static let usualEntities = Set(CharacterReference.named.keys)

    init(_ input: [UInt8]) {
        self.input = input
        output.reserveCapacity(input.count + input.count / 64)
        skipToMarkup()
        while index < input.count {
            switch input[index] {
            case UInt8(ascii: "<"): copyMarkup()
            case UInt8(ascii: "&"): copyReference()
            default: copyRun { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") }
            }
        }
        replace(0)
    }

    private mutating func skipToMarkup() {
        while index < input.count, input[index] != UInt8(ascii: "<") {
            if input[index] == UInt8(ascii: "\n") { copyByte() } else { replace(1) }
        }
    }

    private mutating func copyByte() {
        if input[index] == UInt8(ascii: "\n") { line &+= 1 }
        index += 1
    }

    private mutating func copy(to end: Int) {
        let end = min(end, input.count)
        while index < end { copyByte() }
    }

    /// Copies what comes up to a byte of some kind, which is not the next one, or up to an end.
    @inline(__always)
    private mutating func copyRun(to end: Int? = nil, until ends: (UInt8) -> Bool) {
        let limit = min(end ?? input.count, input.count)
        copyByte()
        while index < limit, !ends(input[index]) { copyByte() }
    }

    /// Has a text in the place of the next bytes.
    private mutating func replace(_ count: Int, by text: StaticString = "") {
        if copied < index { output.append(contentsOf: input[copied..<index]) }
        text.withUTF8Buffer { unsafe output.append(contentsOf: $0) }
        index += count
        copied = index
    }

    /// Where a byte is, from a place on; `nil` where it is not.
    private func place(of byte: UInt8, from start: Int, to end: Int? = nil) -> Int? {
        var place = start
        let end = end ?? input.count
        while place < end {
            if input[place] == byte { return place }
            place += 1
        }
        return nil
    }

    private func hasPrefix(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard input.count - index >= count else { return false }
        return text.withUTF8Buffer { unsafe $0.elementsEqual(input[index..<(index + count)]) }
    }

    /// Where a text ends that is looked for from here on; the end of the input without it.
    private func end(of text: StaticString) -> Int {
        input[index...].firstIndex(of: text).map { $0 + text.utf8CodeUnitCount } ?? input.count
    }

    // MARK: - Markup

    private mutating func copyMarkup() {
        let next = index + 1 < input.count ? input[index + 1] : 0
        if isNameStart(next) {
            copyStartTag()
        } else if next == UInt8(ascii: "/") {
            copy(to: place(of: UInt8(ascii: ">"), from: index).map { $0 + 1 } ?? input.count)
        } else if next == UInt8(ascii: "!") || next == UInt8(ascii: "?") {
            copyDeclaration()
        } else {
            copyByte()
        }
    }

    /// Copies what begins with `<!` or `<?`, or that beginning.
    private mutating func copyDeclaration() {
        if hasPrefix("<!--") {
            let start = line
            copy(to: index + 4)
            copy(to: end(of: "-->"))
            noteSpan(from: start)
        } else if hasPrefix("<![CDATA[") {
            let start = line
            copy(to: end(of: "]]>"))
            noteSpan(from: start)
        } else if hasPrefix("<?xml"), index + 5 < input.count, isSpace(input[index + 5]) {
            let end = end(of: "?>")
            while index < end {
                if input[index] == UInt8(ascii: "\n") { copyByte() } else { replace(1) }
            }
        } else if hasPrefix("<?") {
            copy(to: end(of: "?>"))
        } else if hasPrefix("<!DOCTYPE") {
            copyDoctype()
        } else {
            copyByte()
        }
    }

    private mutating func noteSpan(from start: UInt32) {
        // What never ends reaches the last line and whatever line the parser says it is on.
        if index == input.count {
            longSpans.append(start...UInt32.max)
        } else if line > start {
            longSpans.append(start...line)
        }
    }

    private mutating func copyStartTag() {
        let start = line
        tagLines.append(start)
        copyByte()
        while index < input.count {
            switch input[index] {
            case UInt8(ascii: ">"):
                copyByte()
                return
            case UInt8(ascii: "<"):
                longSpans.append(start...line)
                return
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                copyValue()
            default:
                copyRun(until: Self.endsName)
            }
        }
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ">"), UInt8(ascii: "<"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
        default: false
        }
    }

    /// Copies an attribute value with its quotes.
    private mutating func copyValue() {
        let quote = input[index]
        guard let closing = place(of: quote, from: index + 1) else {
            longSpans.append(line...UInt32.max)
            copyByte()
            return
        }
        // Beyond the line's end a quote was forgotten more likely than a tag was meant as text.
        let isOnLine = place(of: UInt8(ascii: "\n"), from: index, to: closing) == nil
        let start = line
        copyByte()
        while index < closing {
            switch input[index] {
            case UInt8(ascii: "&"): copyReference()
            case UInt8(ascii: "<") where isOnLine:
                replace(1, by: "&lt;")
            default: copyRun(to: closing) { $0 == UInt8(ascii: "&") || (isOnLine && $0 == UInt8(ascii: "<")) }
            }
        }
        copyByte()
        noteSpan(from: start)
        if index < input.count, isNameStart(input[index]) { replace(0, by: " ") }
    }

    /// Copies a document type declaration and notes which entities it declares.
    private mutating func copyDoctype() {
        hasDoctype = true
        var isInSubset = false
        while index < input.count {
            let byte = input[index]
            if hasPrefix("<!--") {
                copy(to: index + 4)
                copy(to: end(of: "-->"))
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                copyByte()
                copy(to: place(of: byte, from: index).map { $0 + 1 } ?? input.count)
            } else if hasPrefix("<!ENTITY") {
                copy(to: index + 8)
                noteEntity()
            } else {
                if byte == UInt8(ascii: "[") { isInSubset = true }
                if byte == UInt8(ascii: "]") { isInSubset = false }
                copyByte()
                if byte == UInt8(ascii: ">"), !isInSubset { return }
            }
        }
    }

    private mutating func noteEntity() {
        while index < input.count, isSpace(input[index]) { copyByte() }
        let start = index
        while index < input.count, isName(input[index]) { copyByte() }
        entities.insert(input[start..<index].text)
    }

    // MARK: - References

    private mutating func copyReference() {
        if isReference {
            copyByte()
        } else {
            replace(1, by: "&amp;")
        }
    }

    /// Whether the `&` here begins a reference that means something.
    private var isReference: Bool {
        let rest = input[(index + 1)..<min(input.count, index + 1 + CharacterReference.maximumLength)]
        guard let end = rest.firstIndex(of: UInt8(ascii: ";")) else { return false }
        let name = rest[..<end]
        guard name.first == UInt8(ascii: "#") else {
            return name.allSatisfy(isName) && entities.contains(name.text)
        }
        return CharacterReference.numbered(name) != nil
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    private func isNameStart(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte.lowercasedASCII)
    }

    private func isName(_ byte: UInt8) -> Bool {
        isNameStart(byte) || byte.decimalDigit != nil || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}
