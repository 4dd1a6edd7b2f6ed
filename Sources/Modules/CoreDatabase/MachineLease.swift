import Base
import Database
import Logging
import Synchronization

/// Says again and again that this switch is alive, by the clock of the database, and takes out the rows of those that were and
/// say so no more: nobody comes back for them when a machine is gone for good.
///
/// A machine that never said so keeps its rows: a FreeSWITCH, or an earlier version.
final class MachineLease: Sendable {
    /// For how long a switch is taken to be alive after it last said so, in seconds.
    static let seconds = 60
    /// How often it says so, and how long the database may take.
    static let interval = Duration.seconds(5)
    private static let patience = Duration.seconds(4)

    private let database: any DataSource
    private let host: String
    private let clearsRows: Bool
    private let logger: Logger
    private let recurrence: Recurrence
    /// Whether it has said so before.
    private let hasBegun = Mutex(false)
    private let rewrite: @Sendable () -> Void

    /// - Parameters:
    ///   - clearsRows: Whether rows of others are taken out.
    ///   - rewrite: Is called when others took this switch for dead: everything has to be written anew.
    init(
        _ database: any DataSource,
        host: String,
        clearsRows: Bool,
        loop: any Loop,
        logger: Logger,
        rewrite: @escaping @Sendable () -> Void
    ) {
        (self.database, self.host, self.clearsRows, self.logger) = (database, host, clearsRows, logger)
        self.rewrite = rewrite
        recurrence = Recurrence(every: Self.interval, on: loop)
    }

    /// The table that says who is alive.
    static func creation(_ dialect: SQLDialect) -> Statement {
        // MariaDB wants to know how long a key is.
        Statement(
            """
            CREATE TABLE IF NOT EXISTS tandem_switches (hostname VARCHAR(255) NOT NULL, lease BIGINT, \
            PRIMARY KEY (hostname))\(dialect.tableOptions)
            """
        )
    }

    /// Begins.
    func start() {
        recurrence.start { [weak self] in await self?.renew() }
    }

    /// Ends, and says so.
    func stop(within time: Duration) async {
        recurrence.stop()
        let own = Statement("DELETE FROM tandem_switches WHERE hostname = ?", [.text(host)])
        try? await database.execute([own], within: time)
    }

    /// Whether it is at work at the moment.
    var isUnderWay: Bool { recurrence.isUnderWay }

    private func renew() async {
        do {
            try await say()
            if clearsRows { try await clearOthers() }
        } catch {
            // The writer of the rows says what is wrong with the database.
            logger.debug("that this switch is alive is not in the core database: \(error)")
        }
    }

    private func say() async throws(DatabaseError) {
        let epoch = database.dialect.epoch
        let renewal = Statement(
            "UPDATE tandem_switches SET lease = \(epoch) + \(Self.seconds) WHERE hostname = ? AND lease > \(epoch)",
            [.text(host)]
        )
        if try await database.execute(renewal, within: Self.patience).changes == 0 {
            let sql = database.dialect.upsert(
                into: "tandem_switches",
                columns: ["hostname", "lease"],
                key: ["hostname"],
                expressions: ["lease": "\(epoch) + \(Self.seconds)"]
            )
            _ = try await database.execute(Statement(sql, [.text(host)]), within: Self.patience)
            if hasBegun.withLock({ $0 }) { rewrite() }
        }
        hasBegun.withLock { $0 = true }
    }

    private func clearOthers() async throws {
        let ended = Statement("SELECT hostname FROM tandem_switches WHERE lease <= \(database.dialect.epoch)")
        for row in try await database.query(ended, within: Self.patience) {
            guard let gone = row["hostname"]?.text, gone != host else { continue }
            try await clear(gone)
        }
    }

    /// Takes out the rows of a switch, unless it has said meanwhile that it is alive.
    private func clear(_ gone: String) async throws {
        let end = Statement(
            "DELETE FROM tandem_switches WHERE hostname = ? AND lease <= \(database.dialect.epoch)",
            [.text(gone)]
        )
        let isDone = try await database.transaction(within: Self.patience) { transaction in
            // First, so that it waits with its rows until these are gone.
            guard try await transaction.execute(end).changes > 0 else { return false }
            for statement in CoreSchema.clearing(host: gone) { try await transaction.execute(statement) }
            return true
        }
        guard isDone else { return }
        logger.notice(
            "another switch is gone: its rows are taken out of the core database",
            metadata: ["host": "\(gone)"]
        )
    }
}
