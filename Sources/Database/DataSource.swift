/// A database, whichever it is and wherever: what the program asks of it.
///
/// Reads and writes are told apart by the method that carries them out, not by their text: what goes through
/// ``query(_:within:)`` may be repeated, on another node of a cluster too; what goes through ``execute(_:within:)`` and
/// ``transaction(within:_:)`` is repeated only when ``DatabaseError/mayHaveExecuted`` says that it cannot have had any
/// effect. So something that chooses among nodes is a `DataSource` over others.
///
/// Every call has a deadline, which counts from the call: the wait for a connection is part of it. Cancelling the task
/// ends the statement. No call blocks the thread that it is made on.
public protocol DataSource: Sendable {
    /// How this database writes its SQL.
    var dialect: SQLDialect { get }

    /// Reads rows; their number and size have a limit.
    func query(_ statement: Statement, within deadline: Duration?) async throws(DatabaseError) -> [DatabaseRow]

    /// Reads rows one by one, so that only one is in memory at a time.
    ///
    /// - Parameter receive: Gets each row on a thread of the database, which waits for it. An error that it throws ends
    ///   the reading, and is thrown.
    func forEachRow(
        of statement: Statement,
        within deadline: Duration?,
        _ receive: @escaping @Sendable (DatabaseRow) throws(DatabaseError) -> Void
    ) async throws(DatabaseError)

    /// Changes something: in a transaction of its own, when it is one that can be in one.
    func execute(_ statement: Statement, within deadline: Duration?) async throws(DatabaseError) -> Execution

    /// Carries out statements in their order, all or none of them.
    func execute(_ batch: [Statement], within deadline: Duration?) async throws(DatabaseError)

    /// Carries out what `body` does with one connection, all of it or nothing.
    ///
    /// It is undone when `body` throws. When a statement fails and `body` goes on all the same, everything is undone in
    /// the end: the databases differ in what is left of such a transaction.
    ///
    /// - Parameters:
    ///   - deadline: How long everything may take, `body` included.
    ///   - body: Gets the transaction, which is of no use after `body` has returned.
    func transaction<Result: Sendable>(
        within deadline: Duration?,
        _ body: (any DatabaseTransaction) async throws -> Result
    ) async throws -> Result
}

/// A transaction that has begun: what is done with it happens as a whole or not at all.
public protocol DatabaseTransaction: Sendable {
    /// How this database writes its SQL.
    var dialect: SQLDialect { get }

    /// Reads rows; their number and size have a limit.
    func query(_ statement: Statement) async throws(DatabaseError) -> [DatabaseRow]

    /// Changes something.
    @discardableResult
    func execute(_ statement: Statement) async throws(DatabaseError) -> Execution
}

extension DataSource {
    /// Reads rows, within the usual time.
    public func query(_ statement: Statement) async throws(DatabaseError) -> [DatabaseRow] {
        try await query(statement, within: nil)
    }

    /// Reads rows one by one, within the usual time.
    public func forEachRow(
        of statement: Statement,
        _ receive: @escaping @Sendable (DatabaseRow) throws(DatabaseError) -> Void
    ) async throws(DatabaseError) {
        try await forEachRow(of: statement, within: nil, receive)
    }

    /// Changes something, within the usual time.
    @discardableResult
    public func execute(_ statement: Statement) async throws(DatabaseError) -> Execution {
        try await execute(statement, within: nil)
    }

    /// Carries out statements in their order, all or none of them, within the usual time.
    public func execute(_ batch: [Statement]) async throws(DatabaseError) {
        try await execute(batch, within: nil)
    }

    /// Carries out what `body` does, all of it or nothing, within the usual time.
    public func transaction<Result: Sendable>(
        _ body: (any DatabaseTransaction) async throws -> Result
    ) async throws -> Result {
        try await transaction(within: nil, body)
    }

    /// Carries out what `body` does, again when it lost against another transaction.
    ///
    /// Between two attempts there is a pause of random length, or the same two would meet again and again.
    ///
    /// - Parameter attempts: How often it is tried at most. Only what cannot have had any effect is tried again.
    public func transaction<Result: Sendable>(
        attempts: Int,
        within deadline: Duration? = nil,
        _ body: (any DatabaseTransaction) async throws -> Result
    ) async throws -> Result {
        var longestPause = 10
        for _ in 1..<max(attempts, 1) {
            do {
                return try await transaction(within: deadline, body)
            } catch let error as DatabaseError where error.isRepeatable {
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...longestPause)))
                longestPause = min(longestPause * 2, 500)
            }
        }
        return try await transaction(within: deadline, body)
    }
}
