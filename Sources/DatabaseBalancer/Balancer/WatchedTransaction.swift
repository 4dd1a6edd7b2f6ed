import Database
import Synchronization

/// A transaction that notes whether one of its statements has failed: an error may also be of the caller's own making.
final class WatchedTransaction: DatabaseTransaction {
    private let inner: any DatabaseTransaction
    private let failed = Atomic(false)
    private let changedTables = Atomic(false)

    init(_ inner: any DatabaseTransaction) {
        self.inner = inner
    }

    var dialect: SQLDialect { inner.dialect }

    /// Whether a statement has failed.
    var hasFailed: Bool { failed.load(ordering: .relaxed) }

    /// Whether a statement has changed tables.
    var hasChangedTables: Bool { changedTables.load(ordering: .relaxed) }

    func query(_ statement: Statement) async throws(DatabaseError) -> [DatabaseRow] {
        try await watch { () async throws(DatabaseError) in try await inner.query(statement) }
    }

    func execute(_ statement: Statement) async throws(DatabaseError) -> Execution {
        if statement.isChangeOfTables { changedTables.store(true, ordering: .relaxed) }
        return try await watch { () async throws(DatabaseError) in try await inner.execute(statement) }
    }

    private func watch<Value>(_ work: () async throws(DatabaseError) -> Value) async throws(DatabaseError) -> Value {
        do throws(DatabaseError) {
            return try await work()
        } catch {
            failed.store(true, ordering: .relaxed)
            throw error
        }
    }
}
