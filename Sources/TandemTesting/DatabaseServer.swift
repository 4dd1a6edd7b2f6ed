public import Glibc

/// A kind of database with a server of its own, which the environment of the tests names.
///
/// `Tests/Integration/databases` starts them. Without it these tests are skipped; with it, a server that is missing is a
/// failure.
public enum DatabaseServer: String, CaseIterable, Sendable {
    /// PostgreSQL.
    case postgreSQL = "POSTGRESQL"
    /// MariaDB.
    case mariaDB = "MARIADB"

    /// Something that the environment should name and does not.
    public struct Missing: Error {
        /// What is looked for.
        public let name: String
    }

    /// Whether the tests with servers are to run.
    public static var areThere: Bool { environment("REQUIRE") != nil }

    /// What the environment says about something.
    public static func environment(_ name: String) -> String? {
        getenv("TANDEM_TEST_\(name)").map { String(cString: $0) }
    }

    private static func required(_ name: String) throws(Missing) -> String {
        guard let value = environment(name) else { throw Missing(name: name) }
        return value
    }

    /// The name of the server that everybody may use at the same time.
    public func dsn() throws(Missing) -> String { try Self.required(rawValue) }

    /// The name of another database there, which whoever uses the server may make.
    public func dsn(ofDatabase name: String) throws(Missing) -> String {
        let part = choose(postgreSQL: "dbname=", mariaDB: "Database=")
        return try dsn().replacing("\(part)tandem", with: part + name)
    }

    /// The port of the server that everybody may use, on 127.0.0.1.
    public func port() throws(Missing) -> String { try Self.required("\(rawValue)_PORT") }

    /// The password of the user `tandem` on both servers, with all that has to be written in a special way.
    public static func password() throws(Missing) -> String { try required("PASSWORD") }

    /// The name of the server that may be stopped and killed.
    public func victim() throws(Missing) -> String { try Self.required("\(rawValue)_VICTIM") }

    /// The same server's name for somebody who may change its settings.
    public func victimForAdministrator() throws(Missing) -> String {
        let part = choose(postgreSQL: " user=tandem", mariaDB: ";Uid=tandem")
        return try victim().replacing(part, with: part + "_admin")
    }

    /// The process of the server that may be stopped and killed, which is another one after each time.
    public func victimProcess() throws(Missing) -> pid_t {
        let variable = "\(rawValue)_VICTIM_PID"
        guard let file = fopen(try Self.required(variable), "r") else { throw Missing(name: variable) }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 32)
        guard fgets(&line, Int32(line.count), file) != nil,
            let process = pid_t(String(decoding: line.prefix { $0 > 32 }.map { UInt8($0) }, as: UTF8.self))
        else { throw Missing(name: variable) }
        return process
    }

    /// Kills the server that may be killed, and lets it be started again when something has been seen.
    ///
    /// Without this it may be back before anybody has looked for it.
    public func killVictim(until seen: () async throws -> Void) async throws {
        let variable = "\(rawValue)_VICTIM_HOLD"
        let hold = try Self.required(variable)
        guard let file = fopen(hold, "w") else { throw Missing(name: variable) }
        fclose(file)
        defer { unlink(hold) }
        kill(try victimProcess(), SIGKILL)
        try await seen()
    }

    /// Each kind's word for something.
    public func choose<Value>(postgreSQL: Value, mariaDB: Value) -> Value {
        self == .postgreSQL ? postgreSQL : mariaDB
    }
}
