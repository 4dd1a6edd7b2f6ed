import Base
import Database
public import DatabaseBalancer
import Logging
public import SwitchCore
import Synchronization

/// Keeps the switch's tables in a database, where other programs select from them.
///
/// The switch names the rows that have changed (``TableChanges``); a few times a second they are read as they are then,
/// and written on a thread of the database's. A call never waits for it: what changes often is written once, a slow
/// database gets fewer and later states of a row, and one that is away gets everything anew when it is back.
public final class CoreDatabase: Sendable {
    /// How long changes are collected.
    static let interval = Duration.milliseconds(100)
    /// How long a database that failed is left alone; twice as long after each failure, up to ``longestPause``.
    static let shortestPause = Duration.seconds(1)
    /// The longest time for which a database that failed is left alone.
    static let longestPause = Duration.seconds(30)
    /// How long the end of the switch may wait for the rows to be taken out.
    static let farewell = Duration.seconds(2)

    private let softswitch: Switch
    private let logger: Logger
    private let writer: CoreTablesWriter
    private let opened: OpenDatabase
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let state = Mutex(State())

    private struct State {
        var isWriting = false
        /// Whether the tables are there, and what an earlier run has left is gone.
        var isPrepared = false
        var isFailing = false
        var failures = 0
        var pause = CoreDatabase.shortestPause
    }

    private init(_ softswitch: Switch, _ writer: CoreTablesWriter, _ opened: OpenDatabase, logger: Logger) {
        (self.softswitch, self.writer, self.opened, self.logger) = (softswitch, writer, opened, logger)
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
            // How often it is tried again is decided here.
            (limits.shortestPause, limits.longestPause) = (.zero, .zero)
            opened = try OpenDatabase(name, limits, balancers: balancers) { [logger] in logger.debug("\($0)") }
        } catch {
            if settings.isRequired { throw error }
            logger.error("there is no core database: \(error)")
            return nil
        }
        let writer = CoreTablesWriter(opened.source, softswitch, settings)
        let database = CoreDatabase(softswitch, writer, opened, logger: logger)
        if settings.isRequired {
            do {
                try await database.writer.prepare()
                database.state.withLock { $0.isPrepared = true }
            } catch {
                await opened.close()
                throw error
            }
        }
        database.watch()
        return database
    }

    private func watch() {
        let (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let loop = softswitch.loops.first
        let task = Task(executorPreference: loop) { [self] in
            for await _ in wakes {
                try? await loop.sleep(for: await copyChanges())
            }
        }
        self.task.withLock { $0 = task }
        for metric in metrics { softswitch.metrics.register(metric, as: metric.name) }
        softswitch.changes.watch { continuation.yield() }
    }

    private var metrics: [Metric] {
        let changes = softswitch.changes
        return [
            Metric("core_database_dropped", .counter, "Changed rows that were not noted one by one.") {
                Int(clamping: changes.droppedCount)
            },
            Metric("core_database_failures", .counter, "Batches that the core database did not take.") {
                [weak self] in self?.failures ?? 0
            },
            Metric("core_database_up", .gauge, "Whether the core database is kept, 1 or 0.") {
                [weak self] in self?.isKept == true ? 1 : 0
            },
        ]
    }

    /// Takes the rows out again, and ends.
    public func stop() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
        for metric in metrics { softswitch.metrics.remove(metric.name) }
        softswitch.changes.unwatch()
        // Nobody is registered with a switch that has ended, and none of its channels is left.
        if isKept { try? await writer.clear(within: Self.farewell) }
        await opened.close()
    }

    /// Writes what has changed.
    ///
    /// - Returns: How long to wait before the next time.
    private func copyChanges() async -> Duration {
        beginWriting()
        do {
            // What changes meanwhile is bounded: it becomes "everything" when it is too much.
            if !state.withLock({ $0.isPrepared }) {
                try await writer.prepare()
                state.withLock { $0.isPrepared = true }
            }
            let snapshot = await CoreSnapshot.read(softswitch.changes.takeAll(), of: softswitch)
            if !snapshot.isEmpty { try await writer.write(snapshot) }
            if endWriting(hasFailed: false) { logger.notice("the core database is kept again") }
            return Self.interval
        } catch  where error.kind == .cancelled {
            // The switch ends, and its rows are taken out next.
            _ = endWriting(hasFailed: false)
            return Self.interval
        } catch {
            if !endWriting(hasFailed: true) { logger.error("the core database cannot be written: \(error)") }
            softswitch.changes.noteEverything()
            return nextPause()
        }
    }

    private func beginWriting() {
        state.withLock { $0.isWriting = true }
    }

    /// Notes how it went; gives whether it failed before.
    private func endWriting(hasFailed: Bool) -> Bool {
        state.withLock { state in
            defer {
                (state.isWriting, state.isFailing) = (false, hasFailed)
                if hasFailed { state.failures += 1 } else { state.pause = Self.shortestPause }
            }
            return state.isFailing
        }
    }

    private func nextPause() -> Duration {
        state.withLock { state in
            defer { state.pause = min(state.pause * 2, Self.longestPause) }
            return state.pause
        }
    }

    /// How often the database could not be written.
    var failures: Int { state.withLock { $0.failures } }

    /// Whether the database is at work at the moment.
    var isWriting: Bool { state.withLock { $0.isWriting } }

    /// Whether the database has what the switch has, but for the latest changes.
    var isKept: Bool { state.withLock { $0.isPrepared && !$0.isFailing } }
}
