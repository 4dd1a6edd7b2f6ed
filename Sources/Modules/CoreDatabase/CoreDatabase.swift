import Base
import Database
import Logging
import NIOPosix
public import SwitchCore
import Synchronization

/// Keeps the switch's tables in a database, where other programs select from them.
///
/// The switch names the rows that have changed (``TableChanges``); a few times a second they are read as they are then,
/// and written on a thread of its own. A call never waits for it: what changes often is written once, a slow database
/// gets fewer and later states of a row, and one that was away gets everything anew.
public final class CoreDatabase: Sendable {
    /// How long changes are collected.
    static let interval = Duration.milliseconds(100)
    /// How long a database that failed is left alone.
    static let retryInterval = Duration.seconds(5)

    private let softswitch: Switch
    private let logger: Logger
    private let writer: CoreTablesWriter
    private let thread: NIOThreadPool
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let state = Mutex(State())

    private struct State {
        var isWriting = false
        var isFailing = false
        var failures = 0
    }

    private init(_ softswitch: Switch, _ writer: CoreTablesWriter, _ thread: NIOThreadPool, logger: Logger) {
        (self.softswitch, self.writer, self.thread, self.logger) = (softswitch, writer, thread, logger)
    }

    /// Opens the database that `switch.conf` names and begins to keep it; `nil` when it names none.
    ///
    /// A database that cannot be used is an error in the log, and one that is thrown when `switch.conf` requires it.
    public static func start(for softswitch: Switch) async throws -> CoreDatabase? {
        guard let settings = softswitch.configuration.coreDatabase else { return nil }
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "core_db"
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        do {
            let dsn = try DatabaseDSN(settings.dsn, directory: softswitch.directories.db)
            let writer = try await thread.runIfActive {
                let writer = CoreTablesWriter(try dsn.open(), softswitch)
                try writer.prepare(settings)
                return writer
            }
            let database = CoreDatabase(softswitch, writer, thread, logger: logger)
            database.watch()
            return database
        } catch {
            try? await thread.shutdownGracefully()
            if settings.isRequired { throw error }
            logger.error("there is no core database: \(error)")
            return nil
        }
    }

    private func watch() {
        let (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let loop = softswitch.loops.first
        let task = Task(executorPreference: loop) { [self] in
            for await _ in wakes {
                // One after the other: an older state of a row never overtakes a newer one.
                try? await loop.sleep(for: await copyChanges() ? Self.interval : Self.retryInterval)
            }
        }
        self.task.withLock { $0 = task }
        let changes = softswitch.changes
        let dropped = Metric("core_database_dropped", .counter, "Changed rows that were not noted one by one.") {
            Int(clamping: changes.droppedCount)
        }
        let failed = Metric("core_database_failures", .counter, "Batches that the core database did not take.") {
            [weak self] in self?.failures ?? 0
        }
        for metric in [dropped, failed] { softswitch.metrics.register(metric, as: metric.name) }
        changes.watch { continuation.yield() }
    }

    /// Takes the rows out again, and ends.
    public func stop() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
        for name in ["dropped", "failures"] { softswitch.metrics.remove("core_database_\(name)") }
        softswitch.changes.unwatch()
        let writer = writer
        // Nobody is registered with a switch that has ended, and none of its channels is left.
        _ = try? await thread.runIfActive { try writer.clear() }
        try? await thread.shutdownGracefully()
    }

    /// Writes what has changed; false when the database failed.
    private func copyChanges() async -> Bool {
        let snapshot = await CoreSnapshot.read(softswitch.changes.takeAll(), of: softswitch)
        guard !snapshot.isEmpty else { return true }
        let writer = writer
        state.withLock { $0.isWriting = true }
        do {
            try await thread.runIfActive { try writer.write(snapshot) }
            if endWriting(hasFailed: false) { logger.notice("the core database is kept again") }
            return true
        } catch is CancellationError {
            // The switch ends, and its rows are taken out next.
            _ = endWriting(hasFailed: false)
            return true
        } catch {
            if !endWriting(hasFailed: true) { logger.error("the core database cannot be written: \(error)") }
            softswitch.changes.noteEverything()
            return false
        }
    }

    /// Notes how it went; gives whether it failed before.
    private func endWriting(hasFailed: Bool) -> Bool {
        state.withLock { state in
            defer {
                (state.isWriting, state.isFailing) = (false, hasFailed)
                if hasFailed { state.failures += 1 }
            }
            return state.isFailing
        }
    }

    /// How often the database could not be written.
    var failures: Int { state.withLock { $0.failures } }

    /// Whether the thread is at work at the moment.
    var isWriting: Bool { state.withLock { $0.isWriting } }
}
