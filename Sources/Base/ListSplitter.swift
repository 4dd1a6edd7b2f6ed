/// The list syntax that commands, applications, dial strings and parameters share.
///
/// Items stand between delimiters; single quotes group, a backslash escapes (`\'` `\"` `\\` `\n` `\r` `\t` `\s` and the
/// delimiter), spaces around items go. A text that starts with `^^X` uses `X` as the delimiter instead. A quote without
/// a partner is an ordinary character. With a space as the delimiter, runs of spaces count as one, a space cannot be
/// escaped, and a quote without a partner keeps the rest together.
public enum ListSplitter {
    /// The most items a list may have; the last one then holds the rest.
    public static let maximumItems = 1024

    private static let space = UInt8(ascii: " ")
    private static let quote = UInt8(ascii: "'")
    private static let backslash = UInt8(ascii: "\\")

    /// Splits a text into its items; a delimiter at the very end does not make one more.
    ///
    /// - Parameters:
    ///   - delimiter: The ASCII delimiter unless the text begins with `^^X`.
    ///   - limit: The most items; the last holds the rest of the text, its quotes and escapes resolved too.
    public static func split(_ text: String, by delimiter: Character = ",", limit: Int = maximumItems) -> [String] {
        let (content, delimiter) = chosenDelimiter(Array(text.utf8)[...], or: delimiter.asciiValue ?? UInt8(ascii: ","))
        return split(content, by: delimiter, limit: limit).map { clean($0, delimiter: delimiter) }
    }

    /// A text without its `^^X`, and the delimiter that holds for it; at least one byte has to follow the `X`.
    public static func chosenDelimiter(
        _ bytes: ArraySlice<UInt8>,
        or delimiter: UInt8
    ) -> (content: ArraySlice<UInt8>, delimiter: UInt8) {
        guard bytes.count > 3, bytes.starts(with: [UInt8(ascii: "^"), UInt8(ascii: "^")]) else {
            return (bytes, delimiter)
        }
        return (bytes.dropFirst(3), bytes[bytes.startIndex + 2])
    }

    /// The raw items: delimiters inside quotes and after a backslash do not count.
    public static func split(_ bytes: ArraySlice<UInt8>, by delimiter: UInt8, limit: Int) -> [ArraySlice<UInt8>] {
        var items: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        let collapsesRuns = delimiter == space
        var scanner = QuoteScanner(bytes, keepsRestAfterLoneQuote: collapsesRuns)
        while let index = scanner.nextUnprotected() {
            guard bytes[index] == delimiter, items.count + 1 < limit else { continue }
            if !(collapsesRuns && index == start) { items.append(bytes[start..<index]) }
            start = index + 1
        }
        if start < bytes.endIndex { items.append(bytes[start...]) }
        return items
    }

    /// An item without its quotes, escapes and surrounding spaces.
    public static func clean(_ item: ArraySlice<UInt8>, delimiter: UInt8) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(item.count)
        var isQuoted = false
        // Spaces at the end go only when they are neither quoted nor escaped.
        var keptLength = 0
        let lastQuote = item.lastIndex(of: quote) ?? item.startIndex
        var index = item.drop { $0 == space }.startIndex
        while index < item.endIndex {
            let byte = item[index]
            if byte == backslash, index + 1 < item.endIndex,
                let escaped = unescaped(item[index + 1], delimiter: delimiter)
            {
                output.append(escaped)
                keptLength = output.count
                index += 2
                continue
            }
            index += 1
            if byte == quote, isQuoted || index - 1 < lastQuote {
                isQuoted.toggle()
                continue
            }
            output.append(byte)
            if byte != space || isQuoted { keptLength = output.count }
        }
        return String(decoding: output[..<keptLength], as: UTF8.self)
    }

    private static func unescaped(_ byte: UInt8, delimiter: UInt8) -> UInt8? {
        switch byte {
        case quote, UInt8(ascii: "\""), backslash: byte
        case delimiter where delimiter != space: byte
        case UInt8(ascii: "n"): UInt8(ascii: "\n")
        case UInt8(ascii: "r"): UInt8(ascii: "\r")
        case UInt8(ascii: "t"): UInt8(ascii: "\t")
        case UInt8(ascii: "s"): space
        default: nil
        }
    }
}

/// Walks over the bytes that are neither quoted nor escaped.
public struct QuoteScanner {
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var isQuoted = false
    /// A quote before this index begins a quoted part.
    private let lastQuote: Int

    /// A walk from the beginning.
    ///
    /// - Parameter keepsRestAfterLoneQuote: Whether a quote without a partner quotes everything behind it, rather than
    ///   being an ordinary character.
    public init(_ bytes: ArraySlice<UInt8>, keepsRestAfterLoneQuote: Bool = false) {
        self.bytes = bytes
        position = bytes.startIndex
        lastQuote =
            keepsRestAfterLoneQuote ? bytes.endIndex : bytes.lastIndex(of: UInt8(ascii: "'")) ?? bytes.startIndex
    }

    /// The index of the next unprotected byte.
    public mutating func nextUnprotected() -> Int? {
        while position < bytes.endIndex {
            let index = position
            position += 1
            switch bytes[index] {
            case UInt8(ascii: "\\"):
                position = min(position + 1, bytes.endIndex)
            case UInt8(ascii: "'") where isQuoted || index < lastQuote:
                isQuoted.toggle()
            default:
                if !isQuoted { return index }
            }
        }
        return nil
    }

    /// Continues at a later index.
    public mutating func skip(to index: Int) { position = max(position, min(index, bytes.endIndex)) }
}
