extension DatabasePool {
    /// Reads rows; their number and size have a limit.
    public func query(
        _ statement: Statement,
        within deadline: Duration?
    ) async throws(DatabaseError) -> [DatabaseRow] {
        try await run(statement, within: deadline, isChange: false).rows
    }

    /// Reads rows one by one.
    public func forEachRow(
        of statement: Statement,
        within deadline: Duration?,
        _ receive: @escaping @Sendable (DatabaseRow) throws(DatabaseError) -> Void
    ) async throws(DatabaseError) {
        let lease = try await lease(within: deadline, isChange: false)
        defer { end(lease) }
        _ = try await lease.run { (connection) throws(DatabaseError) in try connection.run(statement, receive) }
    }

    /// Changes something.
    public func execute(
        _ statement: Statement,
        within deadline: Duration?
    ) async throws(DatabaseError) -> Execution {
        try await run(statement, within: deadline, isChange: true)
    }

    private func run(
        _ statement: Statement,
        within deadline: Duration?,
        isChange: Bool
    ) async throws(DatabaseError) -> Execution {
        let lease = try await lease(within: deadline, isChange: isChange)
        defer { end(lease) }
        let settings = settings
        return try await lease.run { (connection) throws(DatabaseError) in try connection.run(statement, settings) }
    }

    /// Carries out statements in their order, all or none of them, in one go on a thread.
    public func execute(_ batch: [Statement], within deadline: Duration?) async throws(DatabaseError) {
        let lease = try await lease(within: deadline, isChange: true)
        defer { end(lease) }
        try await lease.run { (connection) throws(DatabaseError) in try connection.runAll(batch) }
    }

    /// Carries out what `body` does with one connection, all of it or nothing.
    public func transaction<Result: Sendable>(
        within deadline: Duration?,
        _ body: (any DatabaseTransaction) async throws -> Result
    ) async throws -> Result {
        let lease = try await lease(within: deadline, isChange: true)
        defer { end(lease) }
        let transaction = PoolTransaction(lease, dialect: dialect, settings)
        do {
            try await lease.run { (connection) throws(DatabaseError) in try connection.perform(.begin) }
            let result = try await body(transaction)
            try transaction.end()
            try await lease.run { (connection) throws(DatabaseError) in try connection.perform(.commit) }
            return result
        } catch {
            try? transaction.end()
            await lease.rollBack()
            throw error
        }
    }
}
