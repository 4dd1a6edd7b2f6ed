internal import CMariaDB
internal import Glibc

// @unchecked: the pool uses it on one thread at a time; what it does from others, only the socket is for.
/// A connection to MariaDB.
///
/// Rows come one by one, so a result is never in memory as a whole. A statement that nobody waits for any more takes the
/// connection with it; the server is asked to stop it then (``MariaDBThread``).
final class MariaDBConnection: DriverConnection, @unchecked Sendable {
    private typealias Prepared = UnsafeMutablePointer<MYSQL_STMT>

    private let handle: UnsafeMutablePointer<MYSQL>
    private let socket: ConnectionSocket
    private let dsn: MariaDBDSN
    private let watchdog: Watchdog
    private let thread: MariaDBThread?
    private var statements: StatementCache<Prepared>
    /// Whether the end of a statement that was sent has not been seen.
    private var isInStatement = false
    /// Whether that statement may be about to be committed: then nobody stops it, since it would be in doubt on more nodes
    /// than this one.
    private var mayBeCommitting = false

    init(_ dsn: MariaDBDSN, _ settings: PoolSettings, _ watchdog: Watchdog) throws(DatabaseError) {
        let opening = MariaDBOpening(dsn, timeout: settings.connecting, rowBytes: settings.rowBytes, watchdog)
        (handle, socket, thread) = try opening.open { (handle) throws(DatabaseError) in
            settings.stopsAbandoned ? try MariaDBThread(of: handle) : nil
        }
        (self.dsn, self.watchdog) = (dsn, watchdog)
        statements = StatementCache(limit: settings.preparedStatements)
    }

    // MARK: State

    var isUsable: Bool { !isInTransaction && !isInStatement && !socket.isEnded }

    var isAlive: Bool { socket.isAlive }

    var isInTransaction: Bool {
        handle.pointee.server_status & UInt32(SERVER_STATUS_IN_TRANS | SERVER_STATUS_IN_TRANS_READONLY) != 0
    }

    func interrupt() {
        socket.end()
    }

    /// One that was interrupted is not used again.
    func prepareForUse() {}

    func close() {
        // What is left of a result would be waited for otherwise.
        if isInStatement { socket.end() }
        mysql_close(handle)
        for statement in statements.removeAll() { mysql_stmt_close(statement) }
        if isInStatement, !mayBeCommitting { thread?.stop(through: dsn, watchdog) }
        socket.end()
    }

    // MARK: Statements

    func perform(_ step: TransactionStep) throws(DatabaseError) {
        switch step {
        case .begin: try say("START TRANSACTION")
        case .commit:
            mayBeCommitting = true
            do throws(DatabaseError) {
                try say("COMMIT")
            } catch {
                // A node of a cluster may say anything of a transaction that the others carry out.
                throw error.code == DatabaseError.notReady ? error : error.afterCommit
            }
        case .rollback:
            guard isInTransaction, !isInStatement else { return }
            try say("ROLLBACK")
        }
    }

    private func say(_ sql: String) throws(DatabaseError) {
        isInStatement = true
        let isDone = mysql_real_query(handle, sql, UInt(sql.utf8.count)) == 0
        let error = isDone ? nil : DatabaseError(mariaDB: handle)
        isInStatement = error?.isConnectionLost == true || socket.isEnded
        if let error { throw error }
    }

    func run(
        _ statement: Statement,
        _ receive: (DatabaseRow) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> Int {
        do throws(DatabaseError) {
            return try attempt(statement, receive)
        } catch {
            // The server wants it prepared again, or somebody between has lost it; it was not carried out.
            let isStale = error.code == 1615 || error.code == 1243
            guard isStale, !isInTransaction, let old = statements.remove(statement.sql) else { throw error }
            mysql_stmt_close(old)
            return try attempt(statement, receive)
        }
    }

    private func attempt(
        _ statement: Statement,
        _ receive: (DatabaseRow) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> Int {
        let known = statements.find(statement.sql)
        let prepared = if let known { known } else { try prepare(statement.sql) }
        // Whether it is kept is decided when it has been used.
        defer { if known == nil, let old = statements.insert(prepared, for: statement.sql) { mysql_stmt_close(old) } }
        let count = Int(clamping: mysql_stmt_param_count(prepared))
        guard count == statement.values.count else {
            throw DatabaseError(.statement, "the statement has \(count) places and \(statement.values.count) values")
        }
        let parameters = MariaDBParameters(statement.values)
        guard parameters.bind(to: prepared) else { throw DatabaseError(mariaDBStatement: prepared) }
        (isInStatement, mayBeCommitting) = (true, !isInTransaction && !statement.isReading)
        let isDone = withExtendedLifetime(parameters) { mysql_stmt_execute(prepared) == 0 }
        do throws(DatabaseError) {
            guard isDone else { throw DatabaseError(mariaDBStatement: prepared) }
            let changes = try finish(prepared, receive)
            isInStatement = false
            return changes
        } catch {
            let error = error.isConnectionLost && socket.hasMoreToRead ? Self.packetTooLarge : error
            // The server has begun to send rows that cannot be read.
            if error.code == Int(DatabaseError.newColumns) || error.kind == .limit { socket.end() }
            // An error of the server's is its last word.
            isInStatement = error.isConnectionLost || socket.isEnded
            throw error
        }
    }

    /// The library gives up a connection on which more comes than it may take, and says that it was lost.
    private static var packetTooLarge: DatabaseError {
        DatabaseError(.limit, "a row of the query takes more than may be read at once", mayHaveExecuted: true)
    }

    private func prepare(_ sql: String) throws(DatabaseError) -> Prepared {
        guard let statement = mysql_stmt_init(handle) else { throw DatabaseError(.other, "no memory for a statement") }
        guard mysql_stmt_prepare(statement, sql, UInt(sql.utf8.count)) == 0 else {
            var error = DatabaseError(mariaDBStatement: statement)
            error.mayHaveExecuted = false
            mysql_stmt_close(statement)
            throw error
        }
        return statement
    }

    /// Takes in what the server answers, to its end.
    ///
    /// - Returns: How many rows were changed.
    private func finish(
        _ statement: Prepared,
        _ receive: (DatabaseRow) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> Int {
        guard let result = try MariaDBResult(statement) else {
            return Int(clamping: mysql_stmt_affected_rows(statement))
        }
        while let row = try result.next() {
            do throws(DatabaseError) {
                try receive(row)
            } catch {
                // What is left would have to be read to its end otherwise.
                socket.end()
                throw error
            }
        }
        // Rows that a statement gives back are those that it changed; of rows that were read, none was.
        let changes = handle.pointee.affected_rows
        mysql_stmt_free_result(statement)
        // A procedure gives its own end after its rows.
        while mysql_stmt_more_results(statement) != 0 {
            guard mysql_stmt_next_result(statement) == 0 else { throw DatabaseError(mariaDBStatement: statement) }
            mysql_stmt_free_result(statement)
        }
        return changes == UInt64.max ? 0 : Int(clamping: changes)
    }
}
