import Base
import Cache
import Database
public import DatabaseBalancer
public import Logging
public import NetworkConditions
import Synchronization
import Telemetry

#if canImport(Glibc)
import Glibc
#endif

/// What switches and name servers tell each other through a database, and memcached when that is away.
public final class SharedKnowledge: ConditionSource {
    /// How far arrivals and observations go back, in seconds.
    private static let arrivalSpan = 8
    private static let observationSpan = 3
    /// For how long a database is not asked that failed, where memcached can be.
    private static let pause = Duration.seconds(10)
    /// For how long rows count.
    private static let retention = Duration.seconds(24 * 3600)

    private struct State {
        var rows = ConditionRows()
        var span = ReadingSpan()
        var serials: [String: Int64] = [:]
        var arrivals: [NetworkArrival: MonotonicInstant] = [:]
        var failed: MonotonicInstant?
        /// How many rows there was no room for when that was last told.
        var refused = 0
    }

    private let opened: OpenDatabase
    private let tables: SharedConditions
    private let client: MemcachedClient?
    private let items: ConditionItems?
    private let observationItems: ObservationItems?
    private let state = Mutex(State())
    private let logger: Logger

    /// Opens what is configured, which need not be there yet; `nil` when nothing is.
    public init?(
        _ settings: SmartDNSConfiguration,
        _ balancers: Balancers,
        directory: String,
        logger: Logger
    ) throws {
        guard let dsn = settings.conditionsDSN else { return nil }
        // What is read for decisions waits for nothing that is written.
        var limits = PoolSettings(connections: 4)
        limits.longestPause = .seconds(1)
        self.logger = logger
        let name = try DataSourceName(dsn, directory: directory)
        opened = try OpenDatabase(name, limits, balancers: balancers) { logger.debug("\($0)") }
        tables = SharedConditions(opened.source)
        client = settings.conditionsServers.isEmpty ? nil : ConditionItems.client(settings.conditionsServers)
        items = client.map { ConditionItems($0) }
        observationItems = client.map { ObservationItems($0) }
    }

    /// Closes the connections.
    func close() async {
        client?.close()
        await opened.close()
    }

    // MARK: - Network conditions

    /// The rows of which something new is known; from memcached while the database is away.
    public func conditions() async throws -> [NetworkCondition] {
        let now = MonotonicInstant.now
        if let items, isAway(at: now) {
            return put(try await rows(in: items, at: now), isWhole: false, at: now)
        }
        let seconds = state.withLock { $0.span.next(at: now) }
        let batch = Batch()
        do throws(DatabaseError) {
            let take: @Sendable (NetworkCondition, String) -> Void = { row, node in
                batch.rows.withLock { $0.append((row, node)) }
            }
            if let seconds {
                try await tables.conditions(lastSeconds: seconds, at: now, take)
            } else if try await !tables.allConditions(clock: { .now }, take) {
                logger.warning("there are more rows of network conditions than are read")
            }
            state.withLock { state in
                state.failed = nil
                state.span.read(begun: now, isWhole: seconds == nil)
            }
            return put(batch.rows.withLock { $0 }, isWhole: seconds == nil, at: .now)
        } catch {
            state.withLock { state in
                state.failed = .now
                // What came before it failed counts.
                for (row, node) in batch.rows.withLock({ $0 }) { state.rows.put(row, node: node) }
            }
            guard let items else { throw error }
            return put(try await rows(in: items, at: now), isWhole: false, at: now)
        }
    }

    /// Whether the database was away a moment ago, so that it is not asked where memcached can be.
    private func isAway(at now: MonotonicInstant) -> Bool {
        state.withLock { $0.failed.map { now - $0 < Self.pause } ?? false }
    }

    /// Rows as they come from the database, on one of its threads.
    private final class Batch: Sendable {
        let rows = Mutex<[(NetworkCondition, String)]>([])
    }

    private func rows(
        in items: ConditionItems,
        at now: MonotonicInstant
    ) async throws(MemcachedFault) -> [(NetworkCondition, String)] {
        var rows: [(NetworkCondition, String)] = []
        for writer in try await items.writers() {
            rows += try await items.conditions(of: writer, at: now).map { ($0, writer.node) }
        }
        return rows
    }

    private func put(
        _ rows: [(NetworkCondition, String)],
        isWhole: Bool,
        at now: MonotonicInstant
    ) -> [NetworkCondition] {
        state.withLock { state in
            for (row, node) in rows { state.rows.put(row, node: node) }
            if isWhole {
                state.rows.expire(after: Self.retention, at: now)
                if state.rows.refused > state.refused {
                    logger.warning("there are network conditions of more paths than there is room for")
                }
                state.refused = state.rows.refused
            }
            return state.rows.takeChanges()
        }
    }

    /// What each switch knows of a network.
    var parts: SteeringDesk.PartSource {
        { network, dataCenter in self.state.withLock { $0.rows.parts(of: network, dataCenter) } }
    }

    // MARK: - Data centers

    /// What others have seen of data centers since the last time.
    func observations(besides observer: String) async throws -> [CenterObservation] {
        let all = try await stored { () async throws(DatabaseError) in
            try await self.tables.observations(lastSeconds: Self.observationSpan)
        } orElse: { () async throws(MemcachedFault) in
            try await self.observationItems?.observations()
        }
        return state.withLock { state in
            let news = all.filter { observation in
                let key = "\(observation.observer) \(observation.center)"
                guard observation.observer != observer, state.serials[key] != observation.serial else { return false }
                state.serials[key] = observation.serial
                return true
            }
            // Names of observers may change with each of their starts.
            if state.serials.count > 4 * Liveness.maximumObservers * Steering.maximumDataCenters { state.serials = [:] }
            return news
        }
    }

    /// What the database says, or memcached while it is away.
    private func stored<Value>(
        _ inDatabase: () async throws(DatabaseError) -> Value,
        orElse inMemcached: () async throws(MemcachedFault) -> Value?
    ) async throws -> Value {
        if isAway(at: .now), let found = try await inMemcached() { return found }
        do throws(DatabaseError) {
            return try await inDatabase()
        } catch {
            state.withLock { $0.failed = .now }
            guard let found = try await inMemcached() else { throw error }
            return found
        }
    }

    /// Tells others what we see.
    func tell(_ observations: [CenterObservation]) async throws {
        try? await observationItems?.write(observations)
        guard observationItems == nil || !isAway(at: .now) else { return }
        try await tables.write(observations)
    }

    // MARK: - Loads

    /// For how many seconds a load counts that a switch has told: it may take a minute until the next one.
    private static let loadSpan = 75

    /// How much of its capacity each data center uses.
    func loads() async throws -> [String: Double] {
        let loads = try await stored { () async throws(DatabaseError) in
            try await self.tables.loads(lastSeconds: Self.loadSpan)
        } orElse: { () async throws(MemcachedFault) in
            try await self.items?.loads()
        }
        return SwitchLoad.shares(of: loads)
    }

    // MARK: - Arrivals

    /// Where users have come from since the last time.
    func arrivals() async throws -> [SeenArrival] {
        let now = MonotonicInstant.now
        let all = try await tables.arrivals(lastSeconds: Self.arrivalSpan, at: now)
        return state.withLock { state in
            let oldest = Duration.seconds(2 * Self.arrivalSpan)
            state.arrivals = state.arrivals.filter { now - $0.value <= oldest }
            return all.filter { state.arrivals.updateValue(now, forKey: $0.arrival) == nil }
        }
    }
}
