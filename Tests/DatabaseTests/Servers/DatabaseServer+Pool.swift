import TandemTesting

import enum Database.DatabaseDSN
import class Database.DatabasePool
import struct Database.PoolSettings

extension DatabaseServer {
    /// A pool of connections to the server.
    ///
    /// It has all the time in the world: where a deadline is to pass, the test gives it.
    func pool(_ settings: PoolSettings = PoolSettings(connections: 2)) throws -> DatabasePool {
        try Self.pool(try dsn(), settings)
    }

    /// A pool of connections to the server of a name, with as much time.
    static func pool(
        _ dsn: String,
        _ settings: PoolSettings = PoolSettings(connections: 1),
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> DatabasePool {
        var settings = settings
        settings.deadline = .seconds(600)
        return DatabasePool(try DatabaseDSN(dsn, directory: ""), settings, notice: notice)
    }

    /// A statement that takes an hour.
    var slowStatement: String { choose(postgreSQL: "SELECT pg_sleep(3600)", mariaDB: "SELECT SLEEP(3600)") }

    /// The number of the connection that asks.
    var connectionNumber: String { choose(postgreSQL: "pg_backend_pid()", mariaDB: "CONNECTION_ID()") }

    /// Ends a connection, by its number.
    func killing(_ number: Int64) -> String {
        choose(postgreSQL: "SELECT pg_terminate_backend(\(number))", mariaDB: "KILL \(number)")
    }

    /// Whether there is a connection of a number, as rows.
    func finding(_ number: Int64) -> String {
        choose(
            postgreSQL: "SELECT pid FROM pg_stat_activity WHERE pid = \(number)",
            mariaDB: "SELECT ID FROM information_schema.PROCESSLIST WHERE ID = \(number)"
        )
    }
}
