/// Writes a statement with the places that PostgreSQL has, `$1`, `$2` and so on, for ours, which are `?`.
///
/// A question mark in a text, a name or a comment stays what it is.
struct PostgreSQLPlaces {
    private let sql: [UInt8]
    private var position = 0
    private var output: [UInt8] = []
    private var count = 0

    /// The statement with numbered places.
    static func numbered(_ sql: String) -> String {
        var places = Self(sql)
        return places.scan()
    }

    private init(_ sql: String) {
        self.sql = Array(sql.utf8)
        output.reserveCapacity(self.sql.count + 16)
    }

    private mutating func scan() -> String {
        while let byte = byte(0) {
            switch byte {
            case UInt8(ascii: "?"):
                position += 1
                count += 1
                output += "$\(count)".utf8
            case UInt8(ascii: "'"): copyQuoted(byte, withBackslashes: isEscapeString)
            case UInt8(ascii: "\""): copyQuoted(byte, withBackslashes: false)
            case UInt8(ascii: "-") where self.byte(1) == byte: copyLine()
            case UInt8(ascii: "/") where self.byte(1) == UInt8(ascii: "*"): copyComment()
            case UInt8(ascii: "$"): copyDollarQuoted()
            default: copy(1)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private func byte(_ offset: Int) -> UInt8? {
        let index = position + offset
        return sql.indices.contains(index) ? sql[index] : nil
    }

    private mutating func copy(_ count: Int) {
        let end = min(position + count, sql.count)
        output += sql[position..<end]
        position = end
    }

    /// Whether the text that begins here is written `E'…'`.
    private var isEscapeString: Bool {
        guard let letter = byte(-1), letter | 0x20 == UInt8(ascii: "e") else { return false }
        return byte(-2).map { !Self.isPartOfName($0) } ?? true
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || Unicode.Scalar(byte).properties.isAlphabetic
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private mutating func copyQuoted(_ mark: UInt8, withBackslashes: Bool) {
        copy(1)
        while let byte = byte(0) {
            if withBackslashes, byte == UInt8(ascii: "\\") {
                copy(2)
                continue
            }
            copy(1)
            // A doubled mark begins another text at once, which comes to the same.
            if byte == mark { return }
        }
    }

    private mutating func copyLine() {
        while let byte = byte(0), byte != UInt8(ascii: "\n") { copy(1) }
    }

    /// Comments may be in comments.
    private mutating func copyComment() {
        var depth = 0
        while let byte = byte(0) {
            if byte == UInt8(ascii: "/"), self.byte(1) == UInt8(ascii: "*") {
                depth += 1
                copy(2)
            } else if byte == UInt8(ascii: "*"), self.byte(1) == UInt8(ascii: "/") {
                depth -= 1
                copy(2)
                if depth == 0 { return }
            } else {
                copy(1)
            }
        }
    }

    /// A text between two `$tag$`; a `$` that begins none is copied alone.
    private mutating func copyDollarQuoted() {
        let name = sql[(position + 1)...].prefix(while: Self.isPartOfName)
        let isPartOfOther = byte(-1).map(Self.isPartOfName) ?? false
        guard !isPartOfOther, name.endIndex < sql.count, sql[name.endIndex] == UInt8(ascii: "$") else { return copy(1) }
        let tag = sql[position...name.endIndex]
        copy(tag.count)
        while byte(0) != nil, !sql[position...].starts(with: tag) { copy(1) }
        copy(tag.count)
    }
}
