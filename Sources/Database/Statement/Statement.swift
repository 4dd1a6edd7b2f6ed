/// A statement of SQL with the values for its places, which are written `?` for every database.
public struct Statement: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The text, which the program makes: what came from outside is a value.
    public var sql: String
    /// The values, in the order of the places.
    public var values: [SQLValue]

    /// A statement.
    public init(_ sql: String, _ values: [SQLValue] = []) {
        (self.sql, self.values) = (sql, values)
    }

    /// A statement without values.
    public init(stringLiteral sql: String) {
        self.init(sql)
    }
}

extension Statement {
    /// Whether it makes or changes tables for everybody, or takes them away.
    package var isChangeOfTables: Bool {
        let words = words(2)
        guard let verb = words.first, ["create", "alter", "drop", "rename", "truncate"].contains(verb) else {
            return false
        }
        return words.dropFirst().first != "temporary"
    }

    /// Whether it changes rows and nothing else, so that it can be in a transaction with others.
    package var isChangeOfRows: Bool {
        words(1).first.map { ["insert", "update", "delete", "replace", "merge"].contains($0) } ?? false
    }

    /// Whether it looks as if it only reads.
    var isReading: Bool { words(1).first.map { ["select", "show", "with", "explain"].contains($0) } ?? false }

    /// The words that it begins with, in small letters.
    private func words(_ count: Int) -> [String] {
        sql.split(maxSplits: count) { $0.isWhitespace }.prefix(count).map { $0.prefix { $0.isLetter }.lowercased() }
    }
}
