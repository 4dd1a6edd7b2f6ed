import Base
package import Database
public import DatabaseBalancer
import Logging
public import SwitchCore

/// Keeps the switch's tables in a database, where other programs select from them.
///
/// The switch names the rows that have changed (``TableChanges``); a few times a second they are read as they are then,
/// and written on a thread of the database's. A call never waits for it: what changes often is written once, a slow
/// database gets fewer and later states of a row, and one that is away gets everything anew when it is back.
public final class CoreDatabase: Sendable {
    /// How long the end of the switch may wait for the rows to be taken out.
    static let farewell = Duration.seconds(2)

    private let softswitch: Switch
    private let logger: Logger
    private let writer: CoreTablesWriter
    private let opened: OpenDatabase
    private let lease: MachineLease
    private let behind = WriteBehind()

    private init(
        _ softswitch: Switch,
        _ writer: CoreTablesWriter,
        _ lease: MachineLease,
        _ opened: OpenDatabase,
        logger: Logger
    ) {
        (self.softswitch, self.writer, self.opened, self.logger) = (softswitch, writer, opened, logger)
        self.lease = lease
    }

    /// Begins to keep the database that `switch.conf` names; `nil` when it names none, or none that can be used.
    ///
    /// A database that cannot be opened yet is tried again and again while the switch runs; when `switch.conf` requires
    /// it, it has to be there at the start, and an error is thrown when it is not.
    public static func start(
        for softswitch: Switch,
        _ balancers: Balancers = .none
    ) async throws -> CoreDatabase? {
        guard let settings = softswitch.configuration.coreDatabase else { return nil }
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "core_db"
        let opened: OpenDatabase
        do {
            let name = try DataSourceName(settings.dsn, directory: softswitch.directories.db)
            // One writes after the other, so that a newer state of a row is never overtaken by an older one.
            var limits = PoolSettings(connections: 1)
            // How often it is tried again is decided here, but for what one attempt may do.
            limits.longestPause = .seconds(1)
            opened = try OpenDatabase(name, limits, balancers: balancers) { [logger] in logger.debug("\($0)") }
        } catch {
            if settings.isRequired { throw error }
            logger.error("there is no core database: \(error)")
            return nil
        }
        let writer = CoreTablesWriter(opened.source, softswitch, settings)
        let lease = MachineLease(
            opened.source,
            host: softswitch.hostName,
            clearsRows: settings.clearsRows,
            loop: softswitch.loops.first,
            logger: logger,
            rewrite: { [changes = softswitch.changes] in changes.noteEverything() }
        )
        let database = CoreDatabase(softswitch, writer, lease, opened, logger: logger)
        if settings.isRequired {
            do {
                try await database.behind.prepare(database)
            } catch {
                await opened.close()
                throw error
            }
        }
        database.watch()
        return database
    }

    private func watch() {
        behind.start(self, on: softswitch.loops.first)
        for metric in metrics { softswitch.metrics.register(metric, as: metric.name) }
        let check = ReadinessCheck { [behind] in behind.isKept ? nil : "it cannot be written" }
        softswitch.readiness.register(check, as: "core database")
        softswitch.changes.watch { [behind] in behind.wake() }
        lease.start()
    }

    private var metrics: [Metric] {
        let changes = softswitch.changes
        return [
            Metric("core_database_dropped", .counter, "Changed rows that were not noted one by one.") {
                Int(clamping: changes.droppedCount)
            },
            Metric("core_database_failures", .counter, "Batches that the core database did not take.") {
                [behind] in behind.failures
            },
            Metric("core_database_up", .gauge, "Whether the core database is kept, 1 or 0.") {
                [behind] in behind.isKept ? 1 : 0
            },
        ]
    }

    /// Takes the rows out again, and ends.
    public func stop() async {
        await behind.stop()
        for metric in metrics { softswitch.metrics.remove(metric.name) }
        softswitch.readiness.remove("core database")
        softswitch.changes.unwatch()
        // Nobody is registered with a switch that has ended, and none of its channels is left.
        if behind.isKept { try? await writer.clear(within: Self.farewell) }
        await lease.stop(within: Self.farewell)
        await opened.close()
    }

    /// How often the database could not be written.
    var failures: Int { behind.failures }

    /// Whether the database is at work at the moment.
    var isWriting: Bool { behind.isWriting || lease.isUnderWay }
}

extension CoreDatabase: WrittenBehind {
    /// Makes the tables, and takes out what an earlier run has left in them.
    package func prepare() async throws(DatabaseError) {
        try await writer.prepare()
    }

    /// Writes what has changed.
    package func write() async throws(DatabaseError) {
        // What changes meanwhile is bounded: it becomes "everything" when it is too much.
        let snapshot = await CoreSnapshot.read(softswitch.changes.takeAll(), of: softswitch)
        if !snapshot.isEmpty { try await writer.write(snapshot) }
    }

    /// Everything has to be written anew.
    package func writingFailed(_ error: DatabaseError, isFirst: Bool) {
        if isFirst { logger.error("the core database cannot be written: \(error)") }
        softswitch.changes.noteEverything()
    }

    /// Says so.
    package func writingRecovered() {
        logger.notice("the core database is kept again")
    }
}
