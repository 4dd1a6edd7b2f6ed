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
