import Base
import Cache
import Database
import Logging
import NetworkConditions
import Synchronization
import Telemetry

/// Carries what was seen into the database and to memcached; either may be away.
final class ConditionSender: Sendable {
    /// What there is to be carried.
    struct Load: Sendable {
        var changes: [NetworkCondition] = []
        var best: [NetworkCondition] = []
        var arrivals: [SeenArrival] = []
    }

    private struct State {
        var hasWritten = false
        var isFailing = false
        var isCacheFailing = false
        var failures = 0
        var written = 0
        var cleaning: MonotonicInstant?
        var announced: MonotonicInstant?
    }

    /// How often old rows are taken out, by each switch at another time, and how long that may take at once.
    private static let cleaning = Duration.seconds(600)
    private static let cleaningTime = Duration.milliseconds(200)
    /// How often memcached is told that there is this switch.
    private static let announcing = Duration.seconds(60)

    private let tables: SharedConditions?
    private let items: ConditionItems?
    private let writer: ConditionItems.Writer
    private let logger: Logger
    private let state = Mutex(State())

    init(_ tables: SharedConditions?, _ items: ConditionItems?, _ writer: ConditionItems.Writer, logger: Logger) {
        (self.tables, self.items, self.writer, self.logger) = (tables, items, writer, logger)
    }

    /// How many rows were written, and how often none could be.
    var counts: (written: Int, failures: Int) { state.withLock { ($0.written, $0.failures) } }
    /// Whether the database took the last rows; true when there is none.
    var isWriting: Bool { state.withLock { tables == nil || ($0.hasWritten && !$0.isFailing) } }

    /// Writes.
    ///
    /// - Returns: Whether the database has the changes.
    func send(_ load: Load, at now: MonotonicInstant) async -> Bool {
        await sendItems(load.best, at: now)
        guard let tables else { return true }
        do throws(DatabaseError) {
            try await tables.write(load.changes, node: writer.node, at: now)
            try await tables.write(load.arrivals, at: now)
            // Nothing tells of the database when there is nothing to be written.
            if !load.changes.isEmpty || !load.arrivals.isEmpty { note(count: load.changes.count) }
        } catch {
            note(error)
            return false
        }
        await cleanUp(tables, at: now)
        return true
    }

    /// Takes out old rows when that is due; what does not succeed is tried again later, and what was written is written.
    private func cleanUp(_ tables: SharedConditions, at now: MonotonicInstant) async {
        let isDue = state.withLock { state in
            if state.cleaning == nil { state.cleaning = now + Self.cleaning * Double.random(in: 0..<1) }
            return state.cleaning.map { now >= $0 } ?? false
        }
        guard isDue else { return }
        do throws(DatabaseError) {
            // As long as there is more, a little each time.
            guard try await tables.cleanUp(for: Self.cleaningTime) else { return }
        } catch {
            logger.warning("old network conditions cannot be taken out, it is tried again later: \(error)")
        }
        state.withLock { $0.cleaning = now + Self.cleaning }
    }

    /// Writes what is seen of other data centers.
    func send(_ observations: [CenterObservation]) async {
        guard let tables else { return }
        do throws(DatabaseError) {
            try await tables.write(observations)
        } catch {
            note(error)
        }
    }

    private func sendItems(_ rows: [NetworkCondition], at now: MonotonicInstant) async {
        guard let items else { return }
        do throws(MemcachedFault) {
            if state.withLock({ $0.announced.map { now - $0 >= Self.announcing } ?? true }) {
                try await items.announce(writer)
                state.withLock { $0.announced = now }
            }
            try await items.write(rows, by: writer, at: now)
            state.withLock { $0.isCacheFailing = false }
        } catch {
            let isFirst = state.withLock { state in
                defer { state.isCacheFailing = true }
                return !state.isCacheFailing
            }
            if isFirst { logger.warning("network conditions do not get to memcached: \(error)") }
        }
    }

    private func note(count: Int) {
        let wasFailing = state.withLock { state in
            defer { (state.isFailing, state.hasWritten) = (false, true) }
            state.written += count
            return state.isFailing
        }
        if wasFailing { logger.notice("network conditions are written again") }
    }

    private func note(_ error: DatabaseError) {
        let isFirst = state.withLock { state in
            defer { state.isFailing = true }
            state.failures += 1
            return !state.isFailing
        }
        if isFirst { logger.warning("network conditions cannot be written, they are tried again: \(error)") }
    }
}
