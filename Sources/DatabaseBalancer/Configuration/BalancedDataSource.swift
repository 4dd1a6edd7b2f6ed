import Database
import Synchronization

/// A balancer by its name: whoever uses it does not see that it is replaced by one with another configuration.
///
/// Calls that have begun end with the balancer that they began with, those that wait too; then it is closed.
final class BalancedDataSource: DataSource {
    let dialect: SQLDialect
    private let state: Mutex<State>

    private struct State {
        var balancer: Balancer
        /// How many calls each has that has any.
        var calls: [ObjectIdentifier: Int] = [:]
    }

    init(_ balancer: Balancer) {
        dialect = balancer.dialect
        state = Mutex(State(balancer: balancer))
    }

    var balancer: Balancer { state.withLock { $0.balancer } }

    func replace(_ balancer: Balancer) {
        let unused = state.withLock { state in
            defer { state.balancer = balancer }
            return state.calls[ObjectIdentifier(state.balancer)] == nil ? state.balancer : nil
        }
        if let unused { Task { await unused.close() } }
    }

    private func begin() -> Balancer {
        state.withLock { state in
            state.calls[ObjectIdentifier(state.balancer), default: 0] += 1
            return state.balancer
        }
    }

    private func end(_ balancer: Balancer) {
        let isUnused = state.withLock { state in
            let left = (state.calls[ObjectIdentifier(balancer)] ?? 1) - 1
            state.calls[ObjectIdentifier(balancer)] = left > 0 ? left : nil
            return left == 0 && state.balancer !== balancer
        }
        if isUnused { Task { await balancer.close() } }
    }

    func query(_ statement: Statement, within deadline: Duration?) async throws(DatabaseError) -> [DatabaseRow] {
        let balancer = begin()
        defer { end(balancer) }
        return try await balancer.query(statement, within: deadline)
    }

    func forEachRow(
        of statement: Statement,
        within deadline: Duration?,
        _ receive: @escaping @Sendable (DatabaseRow) throws(DatabaseError) -> Void
    ) async throws(DatabaseError) {
        let balancer = begin()
        defer { end(balancer) }
        try await balancer.forEachRow(of: statement, within: deadline, receive)
    }

    func execute(_ statement: Statement, within deadline: Duration?) async throws(DatabaseError) -> Execution {
        let balancer = begin()
        defer { end(balancer) }
        return try await balancer.execute(statement, within: deadline)
    }

    func execute(_ batch: [Statement], within deadline: Duration?) async throws(DatabaseError) {
        let balancer = begin()
        defer { end(balancer) }
        try await balancer.execute(batch, within: deadline)
    }

    func transaction<Result: Sendable>(
        within deadline: Duration?,
        _ body: (any DatabaseTransaction) async throws -> Result
    ) async throws -> Result {
        let balancer = begin()
        defer { end(balancer) }
        return try await balancer.transaction(within: deadline, body)
    }
}
