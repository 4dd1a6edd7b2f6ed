import Database
import Dispatch
import TandemTesting
import Testing

extension DatabaseServer {
    /// Gives the name of an empty database to `body`, and drops it afterwards.
    func withDatabase(_ body: (String) async throws -> Void) async throws {
        let name = "tandem\(UInt64.random(in: 0 ... .max))"
        var settings = PoolSettings(connections: 1)
        // Others make databases there at the same time.
        settings.deadline = .seconds(600)
        let pool = DatabasePool(try DatabaseDSN(try dsn(), directory: ""), settings)
        try await pool.execute(Statement("CREATE DATABASE \(name)"))
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(try dsn(ofDatabase: name)))
        } catch {
            result = .failure(error)
        }
        // Whoever else is connected there is thrown out; MariaDB does that by itself.
        let force = choose(postgreSQL: " WITH (FORCE)", mariaDB: "")
        try await pool.execute(Statement("DROP DATABASE \(name)\(force)"))
        await pool.close()
        try result.get()
    }

    /// The same database by way of a relay.
    func dsn(_ dsn: String, by relay: TCPRelay) throws -> String {
        let name = dsn.replacing("ort=\(try port())", with: "ort=\(relay.port)")
        try #require(name != dsn)
        return name
    }
}

/// Does something that waits on a thread of its own: the pools of databases look at the time on those of tests.
func onOwnThread(_ work: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        DispatchQueue.global().async { continuation.resume(with: Result(catching: work)) }
    }
}
