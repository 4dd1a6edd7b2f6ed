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
        var arrivals: [(arrival: NetworkArrival, age: Int)] = []
        /// How many channels are up, and may be.
        var channels: (up: Int, limit: Int) = (0, 0)
    }

    private struct State {
        var isPrepared = false
        var isFailing = false
        var isCacheFailing = false
        var failures = 0
        var written = 0
        var cleaned: MonotonicInstant?
        var announced: MonotonicInstant?
    }

    /// How often old rows are taken out.
    private static let cleaning = Duration.seconds(600)
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
    var isWriting: Bool { state.withLock { tables == nil || ($0.isPrepared && !$0.isFailing) } }

    /// Writes.
    ///
    /// - Returns: Whether the database has the changes.
    func send(_ load: Load, at now: MonotonicInstant) async -> Bool {
        await sendItems(load.best, at: now)
        guard let tables else { return true }
        do throws(DatabaseError) {
            try await prepare(tables)
            try await tables.write(load.changes, node: writer.node, at: now)
            try await tables.write(load.arrivals)
            try await tables.write(switchLoad(load))
            let isDue = state.withLock { state in
                guard state.cleaned.map({ now - $0 >= Self.cleaning }) ?? true else { return false }
                state.cleaned = now
                return true
            }
            if isDue { try await tables.cleanUp() }
            note(count: load.changes.count)
            return true
        } catch {
            note(error)
            return false
        }
    }

    private func switchLoad(_ load: Load) -> SwitchLoad {
        SwitchLoad(
            center: writer.dataCenter,
            node: writer.node,
            sessions: load.channels.up,
            capacity: load.channels.limit
        )
    }

    /// Writes what is seen of other data centers.
    func send(_ observations: [CenterObservation]) async {
        guard let tables else { return }
        do throws(DatabaseError) {
            try await prepare(tables)
            try await tables.write(observations)
        } catch {
            note(error)
        }
    }

    private func prepare(_ tables: SharedConditions) async throws(DatabaseError) {
        guard !state.withLock({ $0.isPrepared }) else { return }
        try await tables.prepare()
        state.withLock { $0.isPrepared = true }
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
            defer { state.isFailing = false }
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
