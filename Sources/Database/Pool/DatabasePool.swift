import Base
internal import NIOPosix
import Synchronization

/// A bounded number of connections to one database, each with a thread that waits for it.
///
/// Nothing is connected before the first call. A call waits for a connection in a bounded queue, until its deadline;
/// when the database cannot be reached, calls fail at once until the next attempt.
public final class DatabasePool: DataSource {
    /// How the database writes its SQL.
    public let dialect: SQLDialect
    let settings: PoolSettings
    private let open: @Sendable () throws(DatabaseError) -> any DriverConnection
    private let threads: NIOThreadPool
    private let watchdog = Watchdog()
    private let state: Mutex<State>

    private typealias Machine = PoolMachine<any DriverConnection>
    /// What gives a call that waits its connection, or the reason why there is none.
    private typealias Waiter = CheckedContinuation<Result<any DriverConnection, DatabaseError>, Never>

    private struct State: Sendable {
        var machine: Machine
        var waiters: [Machine.Waiter: Waiter] = [:]
        var lastWaiter: Machine.Waiter = 0
        var counts = Counts()
        /// The uses of connections that have not ended.
        var leases: [ObjectIdentifier: Lease] = [:]
        /// Who waits for the last connection to be closed.
        var closer: CheckedContinuation<Void, Never>?
    }

    /// What has happened so far.
    private struct Counts: Sendable {
        var opened: UInt64 = 0
        var failedToOpen: UInt64 = 0
    }

    /// What the pool is doing, for whoever watches it.
    public struct Status: Sendable, Hashable {
        /// Connections that are being used.
        public var busy: Int
        /// Connections that nobody uses.
        public var idle: Int
        /// Calls that wait for a connection.
        public var waiting: Int
        /// Connections that have been opened so far.
        public var opened: UInt64
        /// How often no connection could be opened so far.
        public var failedToOpen: UInt64
        /// Why no connection can be opened at the moment.
        public var failure: String?
    }

    /// A pool of connections to the database that a name says.
    ///
    /// - Parameter notice: Gets what a server says beside its answers, on any thread; PostgreSQL does.
    public convenience init(
        _ dsn: DatabaseDSN,
        _ settings: PoolSettings = PoolSettings(),
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(dialect: dsn.dialect, settings, open: dsn.connector(settings, notice: notice))
    }

    init(
        dialect: SQLDialect,
        _ settings: PoolSettings,
        open: @escaping @Sendable () throws(DatabaseError) -> any DriverConnection
    ) {
        (self.dialect, self.settings, self.open) = (dialect, settings, open)
        state = Mutex(State(machine: PoolMachine(settings)))
        threads = NIOThreadPool(numberOfThreads: max(settings.connections, 1))
        threads.start()
    }

    /// What the pool is doing at the moment.
    public var status: Status {
        state.withLock { state in
            Status(
                busy: state.machine.busy,
                idle: state.machine.idle.count,
                waiting: state.machine.waiters.count,
                opened: state.counts.opened,
                failedToOpen: state.counts.failedToOpen,
                failure: state.machine.failure?.description
            )
        }
    }

    /// Whether the database has closed a connection that nobody uses.
    ///
    /// It is known without asking the database, and without waiting.
    public var hasLostConnection: Bool {
        state.withLock { $0.machine.idle.contains { !$0.isAlive } }
    }

    /// Ends what is being done and closes the connections: somebody knows that the database is gone.
    ///
    /// Calls fail with ``DatabaseError/Kind/lost``, those that wait for a connection with the reason. The pool goes on:
    /// the next call connects anew.
    public func abandon(because reason: String) {
        let (idle, waiters, leases) = state.withLock { state in
            let (idle, waiters) = state.machine.abandon()
            let continuations = waiters.compactMap { state.waiters.removeValue(forKey: $0) }
            return (idle, continuations, Array(state.leases.values))
        }
        for waiter in waiters { waiter.resume(returning: .failure(DatabaseError(.unavailable, reason))) }
        for lease in leases { lease.interrupt(.lost) }
        for connection in idle { close(connection, wasInUse: true) }
    }

    /// Ends the changes that are under way, and no reads: somebody knows that changes belong elsewhere now.
    ///
    /// They fail with ``DatabaseError/Kind/conflict`` and the reason: as a whole they can be carried out again, unless the
    /// error says that they may have had an effect.
    ///
    /// - Returns: How many there were.
    public func endChanges(because reason: String) -> Int {
        let leases = state.withLock { $0.leases.values.filter(\.isChange) }
        for lease in leases { lease.interrupt(.conflict, reason) }
        return leases.count
    }

    /// Closes the connections, those in use when they come back; calls that wait fail.
    public func close() async {
        let (idle, waiters) = state.withLock { state in
            let (idle, waiters) = state.machine.close()
            return (idle, waiters.compactMap { state.waiters.removeValue(forKey: $0) })
        }
        for waiter in waiters { waiter.resume(returning: .failure(.poolClosed)) }
        for connection in idle { close(connection) }
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.machine.isEmpty { state.closer = continuation }
                return state.machine.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
        try? await threads.shutdownGracefully()
    }

    // MARK: The use of a connection

    /// Gives a connection that nobody else uses until the lease is given to ``end(_:)``.
    ///
    /// - Parameter isChange: Whether it may change something, so that ``endChanges(because:)`` ends it.
    func lease(within deadline: Duration?, isChange: Bool) async throws(DatabaseError) -> Lease {
        let allowed = deadline ?? settings.deadline
        let end = watchdog.now + allowed
        let connection = try await acquire(until: end, allowed)
        let lease = Lease(connection, isChange: isChange, threads: threads, deadline: allowed)
        lease.watch(with: watchdog, until: end)
        state.withLock { $0.leases[ObjectIdentifier(lease)] = lease }
        return lease
    }

    /// Takes a connection back.
    func end(_ lease: Lease) {
        let isUsable = lease.end()
        state.withLock { $0.leases[ObjectIdentifier(lease)] = nil }
        if isUsable {
            place(lease.connection) { $0.machine.returned(lease.connection) }
        } else {
            close(lease.connection, wasInUse: true)
        }
    }

    private func acquire(
        until end: MonotonicInstant,
        _ allowed: Duration
    ) async throws(DatabaseError) -> any DriverConnection {
        while true {
            var connection = state.withLock { $0.machine.takeIdle() }
            if connection == nil { connection = try await wait(until: end, allowed) }
            guard let connection else { continue }
            if connection.isAlive { return connection }
            // The server has closed it while nobody used it.
            close(connection, wasInUse: true)
        }
    }

    private func wait(
        until end: MonotonicInstant,
        _ allowed: Duration
    ) async throws(DatabaseError) -> any DriverConnection {
        let id = state.withLock { state in
            state.lastWaiter &+= 1
            return state.lastWaiter
        }
        let limit = settings.connections
        let giveUpLate: @Sendable () -> Void = { [weak self] in
            self?.giveUp(id, DatabaseError(.exhausted, "none of \(limit) connections came free within \(allowed)"))
        }
        let watch = watchdog.watch(until: end, giveUpLate)
        defer { watchdog.forget(watch) }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                request(id, continuation)
                // Who gave up before the request was there found nothing to give up.
                if Task.isCancelled { giveUp(id, Lease.error(.cancelled, allowed)) }
                if watchdog.now >= end { giveUpLate() }
            }
        } onCancel: {
            giveUp(id, Lease.error(.cancelled, allowed))
        }
        return try result.get()
    }

    private func request(_ id: Machine.Waiter, _ continuation: Waiter) {
        let request = state.withLock { state in
            let request = state.machine.requested(by: id, now: watchdog.now)
            if case .wait = request { state.waiters[id] = continuation }
            return request
        }
        switch request {
        case .use(let connection): continuation.resume(returning: .success(connection))
        case .refuse(let error): continuation.resume(returning: .failure(error))
        case .wait(let opens): if opens { openOne() }
        }
    }

    private func giveUp(_ id: Machine.Waiter, _ error: DatabaseError) {
        let waiter = state.withLock { state in
            state.machine.gaveUp(id) ? state.waiters.removeValue(forKey: id) : nil
        }
        waiter?.resume(returning: .failure(error))
    }

    // MARK: Connections that come and go

    private func openOne() {
        threads.submit { [self] threadState in
            guard case .active = threadState else { return }
            do throws(DatabaseError) {
                let connection = try open()
                place(connection) { state in
                    state.counts.opened &+= 1
                    return state.machine.opened(connection)
                }
            } catch {
                let failure = error
                handle { state in
                    state.counts.failedToOpen &+= 1
                    return state.machine.openingFailed(failure, now: watchdog.now)
                }
            }
        }
    }

    private func place(
        _ connection: any DriverConnection,
        _ event: (inout State) -> Machine.OnConnection
    ) {
        let (result, waiter) = state.withLock { state -> (Machine.OnConnection, Waiter?) in
            let result = event(&state)
            guard case .hand(_, let id) = result else { return (result, nil) }
            return (result, state.waiters.removeValue(forKey: id))
        }
        switch result {
        case .hand: waiter?.resume(returning: .success(connection))
        case .keep: break
        case .close: close(connection)
        }
    }

    /// Closing may take a moment, so it is done on a thread; the place is free when it is done.
    private func close(_ connection: any DriverConnection, wasInUse: Bool = false) {
        threads.submit { [self] _ in
            connection.close()
            if wasInUse { handle { $0.machine.discarded(now: watchdog.now) } }
            resumeCloser()
        }
    }

    private func handle(_ event: (inout State) -> Machine.OnLoss) {
        let (result, waiters) = state.withLock { state -> (Machine.OnLoss, [Waiter]) in
            let result = event(&state)
            guard case .fail(let ids, _) = result else { return (result, []) }
            return (result, ids.compactMap { state.waiters.removeValue(forKey: $0) })
        }
        switch result {
        case .open: openOne()
        case .fail(_, let error):
            for waiter in waiters { waiter.resume(returning: .failure(error)) }
        case .none: break
        }
        resumeCloser()
    }

    private func resumeCloser() {
        let closer = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.machine.isEmpty else { return nil }
            defer { state.closer = nil }
            return state.closer
        }
        closer?.resume()
    }
}
