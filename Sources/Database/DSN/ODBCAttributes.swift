/// A list of names and values as ODBC writes it: `Name=value;Name={value with ; in it};`, where `}}` is a brace.
struct ODBCAttributes {
    /// The most names that a list may have.
    static let limit = 32

    /// Why a list cannot be read, by the place of the attribute: its text may be a piece of a password.
    enum Fault: Error, Hashable {
        case noValue(attribute: Int)
        case openBrace(attribute: Int)
        case textAfterBrace(attribute: Int)
        case tooMany
    }

    /// The names, in small letters, with their values, in their order.
    private(set) var pairs: [(name: String, value: String)] = []

    /// Scalars, not characters: what is put on a brace or a semicolon does not make something else of it.
    private typealias Text = Substring.UnicodeScalarView

    init(_ text: String) throws(Fault) {
        var rest = Substring(text).unicodeScalars
        while true {
            rest = rest.drop { $0 == ";" || Self.isSpace($0) }
            if rest.isEmpty { return }
            let number = pairs.count + 1
            guard number <= Self.limit else { throw .tooMany }
            guard let end = rest.firstIndex(where: { $0 == "=" || $0 == ";" }), rest[end] == "=" else {
                throw .noValue(attribute: number)
            }
            let name = Self.trimmed(rest[..<end]).lowercased()
            rest = rest[rest.index(after: end)...].drop(while: Self.isSpace)
            let value = rest.first == "{" ? try Self.braced(&rest, number) : Self.bare(&rest)
            pairs.append((name, value))
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    private static func bare(_ rest: inout Text) -> String {
        let value = rest.prefix { $0 != ";" }
        rest = rest[value.endIndex...]
        return trimmed(value)
    }

    private static func braced(_ rest: inout Text, _ number: Int) throws(Fault) -> String {
        var value = String.UnicodeScalarView()
        rest = rest.dropFirst()
        while let brace = rest.firstIndex(of: "}") {
            value += rest[..<brace]
            rest = rest[rest.index(after: brace)...]
            guard rest.first == "}" else {
                rest = rest.drop(while: isSpace)
                guard rest.isEmpty || rest.first == ";" else { throw .textAfterBrace(attribute: number) }
                return String(value)
            }
            value.append("}")
            rest = rest.dropFirst()
        }
        throw .openBrace(attribute: number)
    }

    private static func trimmed(_ text: Text) -> String {
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text = text.dropLast() }
        return String(Substring(text))
    }
}
