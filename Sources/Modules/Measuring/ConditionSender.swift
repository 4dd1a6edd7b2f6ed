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
        /// How many channels are up, and may be.
        var channels: (up: Int, limit: Int) = (0, 0)
    }

    private struct State {
        var hasWritten = false
        var isFailing = false
        var isCacheFailing = false
        var failures = 0
        var written = 0
        var cleaning: MonotonicInstant?
        var announced: MonotonicInstant?
        /// When observations could not be written.
        var refused: MonotonicInstant?
    }

    /// How often old rows are taken out, by each switch at another time, and how long that may take at once.
    private static let cleaning = Duration.seconds(600)
    private static let cleaningTime = Duration.milliseconds(200)
    /// How often memcached is told that there is this switch.
    private static let announcing = Duration.seconds(60)

    /// For how long observations go to memcached alone when the database does not take them: they are worth nothing late.
    private static let pause = Duration.seconds(5)

    private let tables: SharedConditions?
    private let items: ConditionItems?
    private let observationItems: ObservationItems?
    private let writer: ConditionItems.Writer
    private let logger: Logger
    private let state = Mutex(State())

    init(_ tables: SharedConditions?, _ client: MemcachedClient?, _ writer: ConditionItems.Writer, logger: Logger) {
        (self.tables, self.writer, self.logger) = (tables, writer, logger)
        items = client.map { ConditionItems($0) }
        observationItems = client.map { ObservationItems($0) }
    }

    /// How many rows were written, and how often none could be.
    var counts: (written: Int, failures: Int) { state.withLock { ($0.written, $0.failures) } }
    /// Whether the database took the last rows; true when there is none.
    var isWriting: Bool { state.withLock { tables == nil || ($0.hasWritten && !$0.isFailing) } }

    /// Writes.
    ///
    /// - Returns: Whether the database has the changes.
    func send(_ load: Load, at now: MonotonicInstant) async -> Bool {
        await sendItems(load, at: now)
        guard let tables else { return true }
        do throws(DatabaseError) {
            try await tables.write(load.changes, node: writer.node, at: now)
            try await tables.write(load.arrivals, at: now)
            try await tables.write(switchLoad(load))
            note(count: load.changes.count)
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
        await sendItem { () async throws(MemcachedFault) in try await self.observationItems?.write(observations) }
        guard let tables else { return }
        let now = MonotonicInstant.now
        let waits = state.withLock { $0.refused.map { now - $0 < Self.pause } ?? false }
        guard observationItems == nil || !waits else { return }
        do throws(DatabaseError) {
            try await tables.write(observations)
            state.withLock { $0.refused = nil }
        } catch {
            state.withLock { $0.refused = .now }
            note(error)
        }
    }

    private func sendItems(_ load: Load, at now: MonotonicInstant) async {
        guard let items else { return }
        await sendItem { () async throws(MemcachedFault) in
            if self.state.withLock({ $0.announced.map { now - $0 >= Self.announcing } ?? true }) {
                try await items.announce(self.writer)
                self.state.withLock { $0.announced = now }
            }
            try await items.write(load.best, by: self.writer, at: now)
            try await items.write(self.switchLoad(load))
            self.state.withLock { $0.isCacheFailing = false }
        }
    }

    private func sendItem(_ body: () async throws(MemcachedFault) -> Void) async {
        do throws(MemcachedFault) {
            try await body()
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
