/// Splits the lists that commands, dial strings and parameters are written as.
///
/// Single quotes group, a backslash takes the next character as it is (`\n`, `\r`, `\t` and `\s` mean a line feed, a
/// carriage return, a tab and a space), and spaces around an item are dropped. A text that begins with `^^` and a
/// character is split on that character instead.
public enum ListSplitter {
    /// The items of a list; an empty text has none.
    ///
    /// - Parameter limit: The most items; the last one then holds the rest, its quotes and escapes resolved too.
    public static func split(_ text: String, on delimiter: Character = ",", limit: Int = .max) -> [String] {
        var rest = Substring(text)
        var delimiter = delimiter
        if rest.hasPrefix("^^"), let chosen = rest.dropFirst(2).first {
            delimiter = chosen
            rest = rest.dropFirst(3)
        }
        guard !rest.isEmpty else { return [] }
        var items: [String] = []
        var item = Item()
        while let character = rest.popFirst() {
            if character == "\\", let next = rest.first {
                rest.removeFirst()
                item.appendEscaped(next, delimiter: delimiter)
            } else if character == "'" {
                // A quote that is never closed is a letter, as in "don't".
                if item.isQuoted || rest.contains("'") {
                    item.isQuoted.toggle()
                    item.keep()
                } else {
                    item.append(character)
                }
            } else if character == delimiter, !item.isQuoted, items.count + 1 < limit {
                if delimiter == " ", item.isEmpty { continue }
                items.append(item.finished)
                item = Item()
            } else {
                item.append(character)
            }
        }
        if delimiter != " " || !item.isEmpty { items.append(item.finished) }
        return items
    }

    /// The item being read: what was written plainly may lose its outer spaces, what was quoted may not.
    private struct Item {
        var isQuoted = false
        private var text = ""
        private var kept = 0

        var isEmpty: Bool { text.isEmpty && kept == 0 }

        mutating func append(_ character: Character) {
            if character == " ", !isQuoted, text.isEmpty { return }
            text.append(character)
            if isQuoted { keep() }
        }

        mutating func appendEscaped(_ character: Character, delimiter: Character) {
            switch character {
            case "n": text.append("\n")
            case "r": text.append("\r")
            case "t": text.append("\t")
            case "s": text.append(" ")
            case "'", "\"", "\\", delimiter: text.append(character)
            default:
                text.append("\\")
                text.append(character)
            }
            keep()
        }

        /// Marks everything so far as written on purpose.
        mutating func keep() {
            kept = text.utf8.count
        }

        var finished: String {
            var end = text.utf8.endIndex
            var count = text.utf8.count
            while count > kept, let last = text.utf8[..<end].last, last == UInt8(ascii: " ") {
                end = text.utf8.index(before: end)
                count -= 1
            }
            return String(text[..<end])
        }
    }
}
