import Base
import Database

/// Asks one node how it is, on a connection that is kept for that.
struct HealthProbe: Sendable {
    private let pool: DatabasePool
    private let settings: BalancerSettings
    private let dialect: SQLDialect

    /// How a check ended.
    enum Outcome: Sendable {
        case answered(HealthFacts)
        /// There was no answer, or no connection.
        case failed(reason: String, isHung: Bool)
    }

    init(_ pool: DatabasePool, _ settings: BalancerSettings) {
        (self.pool, self.settings, dialect) = (pool, settings, pool.dialect)
    }

    /// How long nobody tries to connect after it has failed.
    ///
    /// Whether to try is decided by trust; without a pause a call would try until its deadline.
    static let pause = Duration.milliseconds(1)

    /// The limits of the connection, and of the canary's.
    static func limits(_ settings: BalancerSettings) -> PoolSettings {
        var limits = PoolSettings(connections: 1)
        limits.deadline = settings.checkTimeout
        limits.connecting = .seconds(1)
        (limits.shortestPause, limits.longestPause) = (pause, pause)
        limits.stopsAbandoned = false
        limits.waiters = 8
        return limits
    }

    /// Whether the server has closed the connection.
    var hasLostConnection: Bool { pool.hasLostConnection }

    func check() async -> Outcome {
        do throws(DatabaseError) {
            switch dialect {
            case .sqlite:
                _ = try await pool.query("SELECT 1 AS one")
                return .answered(HealthFacts())
            case .mariaDB:
                return .answered(MariaDBFacts.read(try await pool.query(MariaDBFacts.question), settings))
            case .postgreSQL:
                return .answered(PostgreSQLFacts.read(try await pool.query(PostgreSQLFacts.question)))
            }
        } catch {
            guard error.isServersWord else {
                let isHung = error.kind == .deadline || error.kind == .exhausted
                return .failed(reason: "\(error)", isHung: isHung)
            }
            var facts = HealthFacts()
            facts.fault = "it answers: \(error)"
            return .answered(facts)
        }
    }
}

extension DatabaseError {
    /// Whether a server has said this, and is there: a client's own errors are not.
    var isServersWord: Bool {
        switch kind {
        case .lost, .deadline, .cancelled, .exhausted: false
        case .unavailable: code.map { !(2000...2999).contains($0) } ?? (sqlState?.isEmpty == false)
        default: true
        }
    }
}
