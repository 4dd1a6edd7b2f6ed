internal import CMariaDB

/// The thread of a server that works for a connection, so that it can be stopped when the connection is given up: a server
/// does not notice that before it wants to send something.
struct MariaDBThread {
    private let id: UInt64
    /// Whom the server takes the connection to come from.
    ///
    /// Behind a proxy another server may answer the next time, and have a thread with the same number; there it is
    /// somebody else's.
    private let peer: String

    /// How long it may take to reach the server again.
    private static let timeout = Duration.seconds(2)

    /// - Returns: `nil` when the server does not tell.
    init?(of handle: UnsafeMutablePointer<MYSQL>) throws(DatabaseError) {
        id = UInt64(mysql_thread_id(handle))
        let sql = "SELECT HOST FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()"
        guard let peer = try Self.text(handle, sql) else { return nil }
        self.peer = peer
    }

    /// Stops it, when it is still there.
    func stop(through dsn: MariaDBDSN, _ watchdog: Watchdog) {
        let opening = MariaDBOpening(dsn, timeout: Self.timeout, rowBytes: 0, watchdog)
        let other = try? opening.open { (handle) throws(DatabaseError) in
            let known = try Self.text(handle, "SELECT HOST FROM information_schema.PROCESSLIST WHERE ID = \(id)")
            guard known == peer else { return }
            let sql = "KILL \(id)"
            mysql_real_query(handle, sql, UInt(sql.utf8.count))
        }
        if let other { mysql_close(other.0) }
    }

    /// The one text that a statement gives.
    private static func text(_ handle: UnsafeMutablePointer<MYSQL>, _ sql: String) throws(DatabaseError) -> String? {
        guard mysql_real_query(handle, sql, UInt(sql.utf8.count)) == 0, let result = mysql_store_result(handle) else {
            throw DatabaseError(mariaDB: handle)
        }
        defer { mysql_free_result(result) }
        return mysql_fetch_row(result)?.pointee.map { String(cString: $0) }
    }
}
