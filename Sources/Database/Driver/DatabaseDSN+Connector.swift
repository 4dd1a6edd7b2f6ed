extension DatabaseDSN {
    /// What opens a connection, which blocks as long as the settings allow.
    ///
    /// - Parameter notice: Gets what a server says beside its answers.
    func connector(
        _ settings: PoolSettings,
        notice: @escaping @Sendable (String) -> Void
    ) -> @Sendable () throws(DatabaseError) -> any DriverConnection {
        switch self {
        case .sqlite(let path):
            return { () throws(DatabaseError) in try SQLiteConnection(path: path, settings) }
        case .postgreSQL(let server):
            let canceller = PostgreSQLCanceller()
            return { () throws(DatabaseError) in try PostgreSQLConnection(server, settings, canceller, notice: notice) }
        case .mariaDB(let server):
            let watchdog = Watchdog()
            return { () throws(DatabaseError) in try MariaDBConnection(server, settings, watchdog) }
        }
    }
}
