/// What the program asks of a database, whichever it is: to carry out batches of statements.
///
/// An implementation blocks until the database has answered, so it is called on threads that may wait, never on a loop.
public protocol DatabaseConnection: Sendable {
    /// Carries out statements in their order, all or none of them.
    func execute(_ batch: [Statement]) throws(DatabaseError)
}

/// A statement of SQL with the values for its places, which are written `?`.
public struct Statement: Sendable, Hashable {
    /// The text, which the program makes: what came from outside is a value.
    public var sql: String
    /// The values, in the order of the places.
    public var values: [Value]

    /// A statement.
    public init(_ sql: String, _ values: [Value] = []) {
        (self.sql, self.values) = (sql, values)
    }

    /// A value that a place gets.
    public enum Value: Sendable, Hashable {
        case text(String)
        case integer(Int64)
        case null
    }
}

/// A database could not do what it was asked for.
public struct DatabaseError: Error, Sendable, CustomStringConvertible {
    /// What was wrong, for the log.
    public let description: String

    /// An error that says so.
    public init(_ description: String) {
        self.description = description
    }
}
