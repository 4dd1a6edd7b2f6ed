import Glibc
import Testing

import enum Database.DatabaseDSN
import class Database.DatabasePool
import struct Database.PoolSettings
import enum Database.SQLDialect

/// A kind of database with a server of its own, which the environment of the tests names.
///
/// `Tests/Integration/databases` starts them. Without it these tests are skipped; with it, a server that is missing is a
/// failure.
enum DatabaseServer: String, CaseIterable {
    case postgreSQL = "POSTGRESQL"
    case mariaDB = "MARIADB"

    /// Whether the tests with servers are to run.
    static var areThere: Bool { environment("REQUIRE") != nil }

    static func environment(_ name: String) -> String? {
        getenv("TANDEM_TEST_\(name)").map { String(cString: $0) }
    }

    /// The name of the server that everybody may use at the same time.
    func dsn() throws -> String { try #require(Self.environment(rawValue)) }

    /// The name of the server that may be stopped and killed.
    func victim() throws -> String { try #require(Self.environment("\(rawValue)_VICTIM")) }

    /// The process of the server that may be stopped and killed, which is another one after each time.
    func victimProcess() throws -> pid_t {
        let path = try #require(Self.environment("\(rawValue)_VICTIM_PID"))
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 32)
        try #require(fgets(&line, Int32(line.count), file) != nil)
        return try #require(pid_t(String(decoding: line.prefix { $0 > 32 }.map { UInt8($0) }, as: UTF8.self)))
    }

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

    /// Each kind's word for something.
    func choose<Value>(postgreSQL: Value, mariaDB: Value) -> Value {
        self == .postgreSQL ? postgreSQL : mariaDB
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

/// Whether something in another process comes to hold; it is asked again and again, for some minutes.
func comesTrue(_ condition: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<10_000 {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return false
}
