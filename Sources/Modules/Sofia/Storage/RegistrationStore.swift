import Base
import Database
import DatabaseBalancer
import Logging
import SIP
import Synchronization

/// A profile's registrations in a database: they are there after a restart, and other nodes find them.
///
/// What changes is written behind. Where nodes share the database, it says who is registered where when somebody is
/// called, and nothing of that is remembered; each node says again and again that it is alive, by the database's clock.
final class RegistrationStore: Sendable {
    private struct State {
        /// What is not written yet, and what is being written.
        var pending = RegistrationChanges()
        var underWay = RegistrationChanges()
        var changes: UInt64 = 0
        var isLeaseDue = true
        var leaseTimer: (any LoopTimer)?
        var isStopped = false
        /// Where nodes are, as the latest look-ups said.
        var nodes: [String: ClusterNode] = [:]
    }

    /// For how long a node is taken to be alive after it last said so, and how often it does, in seconds.
    static let leaseSeconds = 15
    static let leaseInterval = Duration.seconds(5)
    /// How long a caller may wait for the answer to who is registered where.
    static let lookUpTime = Duration.milliseconds(500)
    /// How long the end of a profile, and its start, may wait for the database.
    static let patience = Duration.seconds(2)
    private static let batchLimit = 500
    private static let nodeLimit = 1000

    /// This node, for the others; `nil` where nobody shares the database.
    let node: ClusterNode?
    private let schema: RegistrationSchema
    private let loop: any Loop
    private let logger: Logger
    private let opened: [OpenDatabase]
    private let writer: any DataSource
    private let reader: (any DataSource)?
    private let behind = WriteBehind()
    private let everything: @Sendable () async -> [RegistrationRecord]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - node: This node; `nil` where nobody shares the database.
    ///   - everything: Gives all registrations of the profile.
    init(
        _ dsn: DataSourceName,
        _ balancers: Balancers,
        host: String,
        profile: String,
        node: ClusterNode?,
        loop: any Loop,
        logger: Logger,
        everything: @escaping @Sendable () async -> [RegistrationRecord]
    ) throws(DatabaseError) {
        (self.node, self.loop, self.logger, self.everything) = (node, loop, logger, everything)
        // One writes after the other, so that a newer state of a row is never overtaken by an older one.
        var limits = PoolSettings(connections: 1)
        (limits.shortestPause, limits.longestPause, limits.connecting) = (.zero, .zero, Self.patience)
        let writing = try OpenDatabase(dsn, limits, balancers: balancers) { [logger] in logger.debug("\($0)") }
        limits = PoolSettings(connections: 4)
        limits.connecting = Self.patience
        let reading =
            node == nil
            ? nil : try OpenDatabase(dsn, limits, balancers: balancers) { [logger] in logger.debug("\($0)") }
        (opened, writer, reader) = ([writing] + (reading.map { [$0] } ?? []), writing.source, reading?.source)
        schema = RegistrationSchema(dialect: writer.dialect, host: host, profile: profile)
    }

    // MARK: - Life

    /// Begins to keep the registrations.
    ///
    /// - Parameter receive: Gets each one that an earlier run has left, on a thread of the database.
    func start(at epoch: Int64, _ receive: @escaping @Sendable (DatabaseRow) -> Void) async {
        do {
            try await behind.prepare(self)
            try await writer.forEachRow(of: schema.own(at: epoch), within: Self.patience) { row in receive(row) }
        } catch {
            logger.error("the registrations of an earlier run cannot be read: \(error)")
        }
        behind.start(self, on: loop)
        if node != nil { renewLease() }
    }

    private func renewLease() {
        let timer = loop.schedule(at: loop.now + Self.leaseInterval) { [weak self] in self?.renewLease() }
        let isStopped = state.withLock { state in
            (state.isLeaseDue, state.leaseTimer) = (true, timer)
            return state.isStopped
        }
        if isStopped { timer.cancel() } else { behind.wake() }
    }

    /// Writes what is left, tells the others that this node is gone, and ends.
    func stop() async {
        let timer = state.withLock { state in
            state.isStopped = true
            return state.leaseTimer
        }
        timer?.cancel()
        await behind.stop()
        if behind.isKept {
            do {
                try await write(within: Self.patience)
                if let node { try await writer.execute(schema.lease(of: node, seconds: 0), within: Self.patience) }
            } catch {
                logger.error("the latest registrations are not in the database: \(error)")
            }
        }
        for database in opened { await database.close() }
    }

    // MARK: - Changes

    /// Notes what became of registrations.
    func note(_ changes: [RegistrationRecord.Change]) {
        guard !changes.isEmpty else { return }
        state.withLock { state in
            state.changes &+= 1
            for change in changes { state.pending.note(change) }
        }
        behind.wake()
    }

    private func write(within deadline: Duration?) async throws(DatabaseError) {
        let (changes, isLeaseDue) = state.withLock { state in
            defer { (state.pending, state.underWay, state.isLeaseDue) = (RegistrationChanges(), state.pending, false) }
            return (state.pending, state.isLeaseDue)
        }
        if isLeaseDue, let node {
            try await writer.execute(schema.lease(of: node, seconds: Self.leaseSeconds), within: deadline)
        }
        var statements: [[Statement]]
        if changes.isEverything {
            statements = [[schema.clearing]]
            let all = await everything()
            statements += all.map { schema.statements(for: .init(kind: .kept(isOnly: false), record: $0)) }
        } else {
            statements = changes.all.map { schema.statements(for: $0) }
        }
        var rest = statements[...]
        while !rest.isEmpty {
            try await writer.execute(rest.prefix(Self.batchLimit).flatMap { $0 }, within: deadline)
            rest = rest.dropFirst(Self.batchLimit)
        }
        state.withLock { $0.underWay = RegistrationChanges() }
    }

    // MARK: - Look-ups

    /// What the database says about who is registered where.
    ///
    /// - Returns: `nil` when nobody shares the database, or when it cannot be asked.
    func contacts(of user: String, domain: String, at epoch: Int64) async -> SharedContacts? {
        guard let reader else { return nil }
        let before = settledChanges(of: user, domain)
        let rows: [DatabaseRow]
        do {
            rows = try await reader.query(schema.contacts(of: user, domain: domain, at: epoch), within: Self.lookUpTime)
        } catch {
            logger.error("who is registered with other nodes cannot be asked: \(error)")
            return nil
        }
        var contacts = SharedContacts(rows, host: schema.host)
        // What has changed meanwhile is not in the answer.
        if before == nil || before != settledChanges(of: user, domain) { contacts.own = nil }
        state.withLock { state in
            if state.nodes.count > Self.nodeLimit { state.nodes = [:] }
            for contact in contacts.elsewhere { state.nodes[contact.host] = contact.node }
        }
        return contacts
    }

    /// How many changes there have been when the database has those of a user; `nil` when it may not.
    private func settledChanges(of user: String, _ domain: String) -> UInt64? {
        let key = RegistrationChanges.User(user, domain)
        return state.withLock { state in
            state.pending.concern(key) || state.underWay.concern(key) ? nil : state.changes
        }
    }

    /// A node that a look-up has found.
    func node(_ host: String) -> ClusterNode? { state.withLock { $0.nodes[host] } }

    /// Whether the database is at work at the moment.
    var isBusy: Bool { behind.isWriting || opened.dropFirst().contains { $0.isBusy } }

    /// Whether the database has all registrations, but for the latest changes.
    var isKept: Bool { behind.isKept }
}

extension RegistrationStore: WrittenBehind {
    func prepare() async throws(DatabaseError) {
        try await writer.execute(schema.creation)
    }

    func write() async throws(DatabaseError) {
        try await write(within: nil)
    }

    func writingFailed(_ error: DatabaseError, isFirst: Bool) {
        if isFirst { logger.error("registrations cannot be written: \(error)") }
        state.withLock { state in
            state.pending.putBack(state.underWay)
            (state.underWay, state.isLeaseDue) = (RegistrationChanges(), true)
        }
    }

    func writingRecovered() {
        logger.notice("registrations are written again")
    }
}
