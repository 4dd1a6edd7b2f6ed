public import Database

/// A data source that somebody has opened, and closes when it is not needed any more.
public struct OpenDatabase: Sendable {
    /// What is asked.
    public let source: any DataSource
    /// The connections to the one database; `nil` for a balancer, which others use too.
    public let pool: DatabasePool?

    /// Opens what a name means.
    ///
    /// - Parameters:
    ///   - settings: The limits of the connections to one database; a balancer has its own.
    ///   - balancers: Where balancers are looked for.
    ///   - notice: Gets what a server says beside its answers.
    public init(
        _ name: DataSourceName,
        _ settings: PoolSettings = PoolSettings(),
        balancers: Balancers,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(DatabaseError) {
        switch name {
        case .database(let dsn):
            let pool = DatabasePool(dsn, settings, notice: notice)
            (source, self.pool) = (pool, pool)
        case .balancer(let name):
            (source, pool) = (try balancers.dataSource(named: name), nil)
        }
    }

    /// Whether the one database is being asked something.
    public var isBusy: Bool { pool.map { $0.status.busy + $0.status.waiting > 0 } ?? false }

    /// Closes the connections to the one database.
    public func close() async {
        await pool?.close()
    }
}
