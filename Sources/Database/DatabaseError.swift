/// A database could not do what it was asked for.
public struct DatabaseError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is, whichever database said so.
    public enum Kind: Sendable, Hashable {
        /// The data source's name is wrong, or names a kind of database that is not supported.
        case dataSource
        /// There is no database to be reached, or it does not take statements now.
        case unavailable
        /// The database does not let this user in.
        case refused
        /// No connection came free in time, or too many wait for one already.
        case exhausted
        /// The time was over.
        case deadline
        /// The task was cancelled.
        case cancelled
        /// The connection was lost.
        case lost
        /// A row with this key is there already.
        case uniqueViolation
        /// Another rule of the database's is broken.
        case constraint
        /// Another transaction was in the way: a deadlock, or a change that cannot be put in order.
        case conflict
        /// This node, or this transaction, takes no changes.
        case readOnly
        /// The statement is wrong: its syntax, or the name of a table or column.
        case statement
        /// A value does not fit.
        case value
        /// A row does not have what it was asked for.
        case row
        /// There are more rows, or bigger ones, than may be read at once.
        case limit
        /// Something else.
        case other
    }

    /// What kind of failure it is.
    public var kind: Kind
    /// What was wrong, for the log; no password is in it.
    public var description: String
    /// The five characters of SQL's own code, from databases that have them.
    public var sqlState: String?
    /// The database's own number: `errno` of MariaDB, the extended result code of SQLite.
    public var code: Int?
    /// Whether the connection was lost with it.
    public var isConnectionLost: Bool
    /// Whether the statement, or the transaction as a whole, may have had an effect.
    ///
    /// Only `false` is a promise: then it can be carried out again, elsewhere too.
    public var mayHaveExecuted: Bool

    /// An error.
    public init(
        _ kind: Kind,
        _ description: String,
        sqlState: String? = nil,
        code: Int? = nil,
        isConnectionLost: Bool = false,
        mayHaveExecuted: Bool = false
    ) {
        (self.kind, self.description, self.sqlState, self.code) = (kind, description, sqlState, code)
        (self.isConnectionLost, self.mayHaveExecuted) = (isConnectionLost, mayHaveExecuted)
    }

    /// Whether a table is not there that a statement names: class 42 of SQL's codes does not tell that from other mistakes.
    public var isMissingTable: Bool {
        // SQLite has no code for it.
        kind == .statement && (sqlState == "42P01" || code == 1146 || description.hasPrefix("no such table"))
    }

    /// Whether the same transaction may succeed when it is carried out again from its beginning, and does no harm.
    public var isRepeatable: Bool { kind == .conflict && !mayHaveExecuted }
}
