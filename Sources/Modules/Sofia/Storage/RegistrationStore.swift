import Base
import Database
import DatabaseBalancer
import Logging
import SIP
import Synchronization

/// A profile's registrations in a database: they are there after a restart, and other nodes find them.
///
/// What changes is written behind. Where nodes share the database, it says who is registered with the others when somebody
/// is called, and nothing of that is remembered.
final class RegistrationStore: Sendable {
    private struct State {
        /// What is not written yet, and what is being written.
        var pending = RegistrationChanges()
        var underWay = RegistrationChanges()
        /// Where nodes are, as the latest look-ups said.
        var nodes: [String: ClusterNode] = [:]
        var silentNodes = SilentNodes()
        /// Users of whom the database does not take a row.
        var refused: Set<[String]> = []
        /// Whether the table has the column of ours, and whether that is to be looked up, since a statement did not fit.
        var hasTimes = true
        var isTableUnknown = true
        /// Until when nobody is asked, since the last answer did not come.
        var nextLookUp = MonotonicInstant(nanoseconds: 0)
    }

    /// How long a caller may wait for the answer to who is registered where, and how long nobody asks when it failed.
    static let lookUpTime = Duration.milliseconds(500)
    static let lookUpPause = Duration.seconds(1)
    /// How long the end of a profile, and its start, may wait for the database.
    static let patience = Duration.seconds(2)
    /// How long it may take to read what an earlier run has left.
    private static let readingTime = Duration.seconds(60)
    private static let batchLimit = 500
    private static let nodeLimit = 1000
    private static let refusedLimit = 1000
    private static let attempts = 5

    private let table: RegistrationSchema
    private let loop: any Loop
    private let logger: Logger
    private let epoch: @Sendable () -> Int64
    private let writer: OpenDatabase
    /// What is asked, and told that this node is alive: not behind what is being written.
    private let reader: OpenDatabase?
    private let lease: NodeLease?
    private let behind = WriteBehind(pauses: .seconds(1) ... .seconds(5))
    private let profile: Registrations
    private let state = Mutex(State())

    /// The profile's side.
    struct Registrations: Sendable {
        /// Gives all registrations of the profile.
        let all: @Sendable () async -> [RegistrationRecord]
        /// Gets what an earlier run has left.
        let restore: @Sendable ([DatabaseRow]) async -> Void
    }

    /// - Parameters:
    ///   - node: This node; `nil` where nobody shares the database.
    ///   - balancers: Where balancers are looked for.
    ///   - epoch: The seconds since 1970.
    init(
        _ name: DataSourceName,
        host: String,
        of profile: String,
        node: ClusterNode?,
        balancers: Balancers,
        loop: any Loop,
        logger: Logger,
        epoch: @escaping @Sendable () -> Int64,
        _ registrations: Registrations
    ) throws(DatabaseError) {
        (self.loop, self.logger, self.epoch, self.profile) = (loop, logger, epoch, registrations)
        // One writes after the other, so that a newer state of a row is never overtaken by an older one.
        var limits = PoolSettings(connections: 1)
        (limits.connecting, limits.longestPause) = (Self.patience, .seconds(1))
        let notice: @Sendable (String) -> Void = { [logger] in logger.debug("\($0)") }
        writer = try OpenDatabase(name, limits, balancers: balancers, notice: notice)
        table = RegistrationSchema(dialect: writer.source.dialect, host: host, profile: profile)
        limits.connections = 4
        if let node {
            let reader = try OpenDatabase(name, limits, balancers: balancers, notice: notice)
            lease = NodeLease(node, table, reader.source, loop: loop, logger: logger)
            self.reader = reader
        } else {
            (reader, lease) = (nil, nil)
        }
    }

    private var schema: RegistrationSchema {
        var schema = table
        schema.hasTimes = state.withLock { $0.hasTimes }
        return schema
    }

    /// This node, for the others; `nil` where nobody shares the database.
    var node: ClusterNode? { lease?.node }

    // MARK: - Life

    /// Begins to keep the registrations, with what an earlier run has left; when the database is away, as soon as it is back.
    func start() async {
        do {
            try await behind.prepare(self)
        } catch {
            logger.error("the registrations of an earlier run cannot be read yet: \(error)")
            behind.wake()
        }
        behind.start(self, on: loop)
        lease?.start()
    }

    /// Writes what is left, tells the others that this node is gone, and ends; after the last request was heard.
    func stop() async {
        let deadline = loop.now + Self.patience
        await behind.stop()
        state.withLock { state in
            state.pending.putBack(state.underWay)
            state.underWay = RegistrationChanges()
        }
        do {
            if state.withLock({ !$0.pending.isEmpty }) { try await write(until: deadline) }
        } catch {
            logger.error("the latest registrations are not in the database: \(error)")
        }
        await lease?.end()
        await writer.close()
        await reader?.close()
    }

    // MARK: - Changes

    /// Notes what became of registrations.
    func note(_ changes: [RegistrationRecord.Change]) {
        guard !changes.isEmpty else { return }
        state.withLock { state in
            for change in changes { state.pending.note(change) }
        }
        behind.wake()
    }

    /// Notes that anything may differ.
    func noteEverything() {
        state.withLock { $0.pending.noteEverything() }
        behind.wake()
    }

    private func write(until end: MonotonicInstant?) async throws(DatabaseError) {
        let changes = state.withLock { state in
            defer { (state.pending, state.underWay) = (RegistrationChanges(), state.pending) }
            return state.pending
        }
        var rest = changes.all[...]
        if changes.isEverything { rest = try await differences(until: end)[...] }
        while !rest.isEmpty {
            try await write(rest.prefix(Self.batchLimit), until: end)
            rest = rest.dropFirst(Self.batchLimit)
        }
        state.withLock { $0.underWay = RegistrationChanges() }
    }

    /// What has to be written so that the table has what is registered; rows that belong to nothing are taken out.
    private func differences(
        until end: MonotonicInstant?
    ) async throws(DatabaseError) -> [RegistrationRecord.Change] {
        let rows = try await ownRows()
        let difference = RegistrationDifference(
            from: rows,
            to: await profile.all(),
            host: schema.host,
            profile: schema.profile
        )
        var gone = difference.gone.map { schema.removal(of: $0) }[...]
        while !gone.isEmpty {
            let statements = Array(gone.prefix(Self.batchLimit))
            try await write(until: end) { statements }
            gone = gone.dropFirst(Self.batchLimit)
        }
        return difference.changed.map { .init(kind: .kept(isOnly: false), record: $0, time: $0.registeredAt) }
    }

    private func ownRows() async throws(DatabaseError) -> [DatabaseRow] {
        let found = Mutex<[DatabaseRow]>([])
        try await writer.source.forEachRow(of: schema.own, within: Self.readingTime) { row in
            found.withLock { $0.append(row) }
        }
        return found.withLock { $0 }
    }

    /// Writes some changes together; when that cannot be for what is in one of them, one by one without it.
    private func write(
        _ changes: ArraySlice<RegistrationRecord.Change>,
        until end: MonotonicInstant?
    ) async throws(DatabaseError) {
        do {
            // Anew for each attempt: the time goes on.
            try await write(until: end) { changes.flatMap { schema.statements(for: $0, at: loop.now) } }
        } catch {
            guard error.isOfContent else { throw error }
            guard changes.count > 1 else {
                logger.warning("a registration cannot be written: \(error)")
                for change in changes { noteRefused(change.record) }
                return
            }
            for change in changes { try await write([change], until: end) }
        }
    }

    private func write(
        until end: MonotonicInstant?,
        _ statements: () -> [Statement]
    ) async throws(DatabaseError) {
        var left = Self.attempts
        while true {
            do {
                return try await writer.source.execute(statements(), within: end.map { max($0 - loop.now, .zero) })
            } catch {
                // Another node wrote the same rows.
                left -= 1
                guard error.isRepeatable, left > 0 else { throw error }
            }
        }
    }

    // MARK: - Look-ups

    /// A user's contacts.
    ///
    /// None when nobody shares the database, or when it does not answer: then nobody asks for a second.
    func contacts(of user: String, domain: String) async -> SharedContacts {
        guard state.withLock({ $0.nextLookUp <= loop.now }) else { return SharedContacts() }
        let isWritten = hasWritten(user, domain)
        let statement = schema.contacts(of: user, domain: domain, at: epoch())
        guard let rows = await look(statement, within: Self.lookUpTime) else { return SharedContacts() }
        let found = rows.compactMap { contact(in: $0) }
        return SharedContacts(
            elsewhere: found.filter { $0.host != schema.host },
            here: isWritten ? found.filter { $0.host == schema.host } : nil
        )
    }

    /// Whether the database has all that it takes of a user's registrations here.
    private func hasWritten(_ user: String, _ domain: String) -> Bool {
        let (user, domain) = (user.lowercased(), domain.lowercased())
        return behind.isKept
            && state.withLock { state in
                !state.pending.include(user, domain) && !state.underWay.include(user, domain)
                    && !state.refused.contains([user, domain]) && state.refused.count < Self.refusedLimit
            }
    }

    private func noteRefused(_ record: RegistrationRecord) {
        state.withLock { state in
            if state.refused.count < Self.refusedLimit { state.refused.insert([record.user, record.domain]) }
        }
    }

    /// The contacts with other nodes that an operator names: by a Call-ID, `user@domain`, or a domain.
    func contacts(
        named name: String,
        limit: Int
    ) async -> [(contact: SharedContact, user: String, domain: String)] {
        let rows = await look(schema.contacts(named: name, at: epoch(), limit: limit), within: Self.patience) ?? []
        return rows.compactMap { row in
            guard let contact = contact(in: row), let user = row["server_user"]?.text,
                let domain = row["server_host"]?.text
            else { return nil }
            return (contact, user, domain)
        }
    }

    /// Contacts with other nodes that are reached from everywhere; those that come after one, in their order.
    func reachableContacts(after contact: String, limit: Int) async -> [SharedContact] {
        guard state.withLock({ $0.nextLookUp <= loop.now }) else { return [] }
        let statement = schema.reachable(after: contact, at: epoch(), limit: limit)
        return (await look(statement, within: Self.patience) ?? []).compactMap { SharedContact($0) }
    }

    /// A contact, whose node is remembered.
    private func contact(in row: DatabaseRow) -> SharedContact? {
        guard let contact = SharedContact(row) else { return nil }
        state.withLock { state in
            if state.nodes.count > Self.nodeLimit { state.nodes = [:] }
            state.nodes[contact.host] = contact.node
            if let lease = contact.lease { state.silentNodes.found(contact.host, lease: lease) }
        }
        return contact
    }

    private func look(_ statement: Statement, within time: Duration) async -> [DatabaseRow]? {
        guard let reader else { return nil }
        do {
            return try await reader.source.query(statement, within: time)
        } catch {
            logger.error("who is registered with other nodes cannot be asked: \(error)")
            let next = loop.now + Self.lookUpPause
            state.withLock { $0.nextLookUp = next }
            doubtTable(after: error)
            return nil
        }
    }

    /// A node that a look-up has found.
    func node(_ host: String) -> ClusterNode? { state.withLock { $0.nodes[host] } }

    /// Whether a node has not answered, and has not said since that it is alive.
    func isSilent(_ host: String) -> Bool { state.withLock { $0.silentNodes.contains(host) } }

    /// A node has not answered a call: nobody waits for it until it says that it is alive.
    func noteSilence(of host: String) {
        guard state.withLock({ $0.silentNodes.didNotAnswer(host) }) else { return }
        logger.warning(
            "a node does not answer: until it says that it is alive its phones are not called",
            metadata: ["node": "\(host)"]
        )
    }

    /// Whether the database is at work at the moment.
    var isBusy: Bool { behind.isWriting || isAsking }

    /// Whether somebody waits for an answer at the moment.
    var isAsking: Bool { (reader?.pool?.status).map { $0.busy + $0.waiting > 0 } ?? false }

    /// Whether the database has all registrations, but for the latest changes.
    var isKept: Bool { behind.isKept }
}

extension RegistrationStore: WrittenBehind {
    /// Makes the tables, and reads what an earlier run has left.
    func prepare() async throws(DatabaseError) {
        try await writer.source.execute(schema.creation, within: Self.patience)
        try await learnTable()
        let purging = schema.purging(at: epoch())
        try await write(until: loop.now + Self.patience) { purging }
        await profile.restore(try await ownRows())
    }

    func write() async throws(DatabaseError) {
        if state.withLock({ $0.isTableUnknown }) { try await learnTable() }
        try await write(until: nil)
    }

    /// Looks whether the table has the column of ours, and adds it where it does not.
    ///
    /// An earlier version or FreeSWITCH may have made the table. Where it may not be changed, it goes without.
    private func learnTable() async throws(DatabaseError) {
        var hasTimes = try await hasTimesInTable()
        if !hasTimes, let addition = RegistrationSchema.registrations.addition {
            // Another node may just have done the same.
            _ = try? await writer.source.execute(addition, within: Self.patience)
            hasTimes = try await hasTimesInTable()
            if !hasTimes {
                // Without the table, this is what is wrong.
                _ = try await writer.source.query(RegistrationSchema.tableProbe, within: Self.patience)
                logger.warning(
                    """
                    sip_registrations has no column registered_ms, and it cannot be added: of two registrations of one \
                    phone the one that expires later counts
                    """
                )
            }
        }
        state.withLock { ($0.hasTimes, $0.isTableUnknown) = (hasTimes, false) }
    }

    /// Whether the node of the database that is written to has the column.
    private func hasTimesInTable() async throws(DatabaseError) -> Bool {
        do {
            try await writer.source.transaction(within: Self.patience) { transaction in
                _ = try await transaction.query(RegistrationSchema.timesProbe)
            }
            return true
        } catch let error as DatabaseError {
            guard error.kind == .statement else { throw error }
            return false
        } catch {
            throw DatabaseError(.other, "\(error)")
        }
    }

    /// Has somebody look again what the table is like, after a statement that did not fit.
    private func doubtTable(after error: DatabaseError) {
        guard error.kind == .statement else { return }
        state.withLock { $0.isTableUnknown = true }
        behind.wake()
    }

    func writingFailed(_ error: DatabaseError, isFirst: Bool) {
        doubtTable(after: error)
        if isFirst { logger.error("registrations cannot be written: \(error)") }
        state.withLock { state in
            state.pending.putBack(state.underWay)
            state.underWay = RegistrationChanges()
        }
    }

    func writingRecovered() {
        logger.notice("registrations are written again")
    }
}

extension DatabaseError {
    /// Whether it is about what was to be written, and would be the same the next time.
    fileprivate var isOfContent: Bool {
        switch kind {
        case .value, .constraint, .uniqueViolation, .limit, .other: !isConnectionLost
        default: false
        }
    }
}
