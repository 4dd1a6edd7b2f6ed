/// One connection to a database, as the pool wants it from each kind of database.
///
/// Its methods block. The pool calls it on one thread at a time, only ``interrupt()`` and ``isAlive`` on any.
protocol DriverConnection: AnyObject, Sendable {
    /// Carries out a statement.
    ///
    /// - Parameter receive: Gets each row as it comes. When it throws, the statement ends with that error.
    /// - Returns: How many rows were changed.
    func run(
        _ statement: Statement,
        _ receive: (DatabaseRow) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> Int

    /// Begins or ends a transaction.
    func perform(_ step: TransactionStep) throws(DatabaseError)

    /// Whether a transaction has begun and not ended, as far as is known.
    var isInTransaction: Bool { get }

    /// Whether it may be used for something else, after a call has come back.
    var isUsable: Bool { get }

    /// Whether it still seems to be there, without asking the database and without waiting.
    var isAlive: Bool { get }

    /// Ends what it is doing, as soon as may be; the connection may be of no use afterwards.
    func interrupt()

    /// Makes good for an ``interrupt()`` that came when nothing was being done, before it is used by somebody else.
    func prepareForUse()

    /// Gives everything back.
    func close()
}

/// How a transaction begins or ends.
enum TransactionStep: String, Sendable {
    case begin
    case commit
    case rollback
}
