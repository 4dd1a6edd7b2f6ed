/// The list syntax that almost every command and application shares.
///
/// Items stand between delimiters; single quotes group, a backslash escapes (`\'` `\"` `\\` `\n` `\r` `\t` `\s` and the
/// delimiter), spaces around items go. A text that starts with `^^X` uses `X` as the delimiter instead. A quote without
/// a partner is an ordinary character. With a space as the delimiter, runs of spaces count as one.
public enum ListSplitter {
    /// The most items a list may have; the last one then holds the rest.
    public static let maximumItems = 1024

    /// Splits a text into its items; a delimiter at the very end does not make one more.
    ///
    /// - Parameters:
    ///   - delimiter: the ASCII delimiter unless the text begins with `^^X`.
    ///   - limit: the most items; the last holds the rest of the text as it is.
    public static func split(_ text: String, by delimiter: Character = ",", limit: Int = maximumItems) -> [String] {
        let bytes = Array(text.utf8)
        let delimiter = delimiter.asciiValue ?? UInt8(ascii: ",")
        if bytes.count > 2, bytes[0] == UInt8(ascii: "^"), bytes[1] == UInt8(ascii: "^") {
            return split(bytes[3...], by: bytes[2], limit: limit).map { clean($0, delimiter: bytes[2]) }
        }
        return split(bytes[...], by: delimiter, limit: limit).map { clean($0, delimiter: delimiter) }
    }

    /// The raw items: delimiters inside quotes and after a backslash do not count.
    static func split(_ bytes: ArraySlice<UInt8>, by delimiter: UInt8, limit: Int) -> [ArraySlice<UInt8>] {
        var items: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        let collapsesRuns = delimiter == UInt8(ascii: " ")
        var scanner = QuoteScanner(bytes)
        while let index = scanner.nextUnprotected() {
            guard bytes[index] == delimiter, items.count + 1 < limit else { continue }
            if !(collapsesRuns && index == start) { items.append(bytes[start..<index]) }
            start = index + 1
        }
        if start < bytes.endIndex { items.append(bytes[start...]) }
        return items
    }

    /// An item without its quotes, escapes and surrounding spaces.
    static func clean(_ item: ArraySlice<UInt8>, delimiter: UInt8) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(item.count)
        var isQuoted = false
        // Spaces at the end go only when they are neither quoted nor escaped.
        var keptLength = 0
        let lastQuote = item.lastIndex(of: UInt8(ascii: "'")) ?? item.startIndex
        var index = item.drop { $0 == UInt8(ascii: " ") }.startIndex
        while index < item.endIndex {
            let byte = item[index]
            if byte == UInt8(ascii: "\\"), index + 1 < item.endIndex,
                let escaped = unescaped(item[index + 1], delimiter: delimiter)
            {
                output.append(escaped)
                keptLength = output.count
                index += 2
                continue
            }
            index += 1
            if byte == UInt8(ascii: "'"), isQuoted || index - 1 < lastQuote {
                isQuoted.toggle()
                continue
            }
            output.append(byte)
            if byte != UInt8(ascii: " ") || isQuoted { keptLength = output.count }
        }
        return String(decoding: output[..<keptLength], as: UTF8.self)
    }

    private static func unescaped(_ byte: UInt8, delimiter: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"), delimiter: byte
        case UInt8(ascii: "n"): UInt8(ascii: "\n")
        case UInt8(ascii: "r"): UInt8(ascii: "\r")
        case UInt8(ascii: "t"): UInt8(ascii: "\t")
        case UInt8(ascii: "s"): UInt8(ascii: " ")
        default: nil
        }
    }
}

/// Walks over the bytes that are neither quoted nor escaped.
struct QuoteScanner {
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var isQuoted = false
    private let lastQuote: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
        lastQuote = bytes.lastIndex(of: UInt8(ascii: "'")) ?? bytes.startIndex
    }

    /// The index of the next unprotected byte.
    mutating func nextUnprotected() -> Int? {
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
    mutating func skip(to index: Int) { position = max(position, min(index, bytes.endIndex)) }
}
