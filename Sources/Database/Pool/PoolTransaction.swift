import Synchronization

/// A transaction on a connection of a pool.
final class PoolTransaction: DatabaseTransaction {
    let dialect: SQLDialect
    private let lease: Lease
    private let settings: PoolSettings
    private let state = Mutex(State())

    private struct State {
        /// The first statement that failed: nothing of the transaction stays.
        var failure: DatabaseError?
        var hasEnded = false
    }

    init(_ lease: Lease, dialect: SQLDialect, _ settings: PoolSettings) {
        (self.lease, self.dialect, self.settings) = (lease, dialect, settings)
    }

    /// Says that no more statements come.
    ///
    /// - Throws: The error of the first statement that failed.
    func end() throws(DatabaseError) {
        let failure = state.withLock { state in
            state.hasEnded = true
            return state.failure
        }
        if let failure { throw failure }
    }

    func query(_ statement: Statement) async throws(DatabaseError) -> [DatabaseRow] {
        try await execute(statement).rows
    }

    func execute(_ statement: Statement) async throws(DatabaseError) -> Execution {
        guard !state.withLock({ $0.hasEnded }) else { throw DatabaseError(.other, "the transaction has ended") }
        let (settings, dialect) = (settings, dialect)
        do throws(DatabaseError) {
            return try await lease.run { (connection) throws(DatabaseError) in
                if dialect == .mariaDB, statement.isChangeOfTables { throw .tablesInTransaction }
                do throws(DatabaseError) {
                    let execution = try connection.run(statement, settings)
                    if !connection.isInTransaction { throw .transactionEnded }
                    return execution
                } catch {
                    throw error.beforeCommit
                }
            }
        } catch {
            state.withLock { if $0.failure == nil { $0.failure = error } }
            throw error
        }
    }
}
