import Base
public import Database
import Synchronization

/// Several databases with the same data, as one: each statement goes to a node that can be trusted.
///
/// Reads are repeated on another node when theirs is lost. Changes are repeated only when it is certain that they were
/// not carried out: the database said so, or their number is not among those that were (``RequestNumber``).
public final class Balancer: Sendable {
    /// The name in data source names.
    public let name: String
    /// How all of the nodes write their SQL.
    public let dialect: SQLDialect
    let settings: BalancerSettings
    let nodes: [BalancedNode]
    private let report: @Sendable (Bool, String) -> Void
    private let state: Mutex<State>
    private let clock = Mutex<Task<Void, Never>?>(nil)

    typealias Machine = BalancerMachine
    private typealias Continuation = CheckedContinuation<Int?, Never>

    private struct State: Sendable {
        var machine: Machine
        var waiters: [Machine.Waiter: Continuation] = [:]
        var lastWaiter: Machine.Waiter = 0
        var isClosed = false
        var counts = Counts()
        var numbering = Numbering.unknown
        var numbers: RequestSeries
        /// Who wants to know what becomes of connections.
        var observers: [@Sendable (NodeEvent) -> Void] = []
    }

    /// What has happened so far.
    struct Counts: Sendable {
        /// Statements that were carried out once more, on another node or after a conflict.
        var repeated: UInt64 = 0
        /// Changes of which it had to be looked up whether they were carried out.
        var lookedUp: UInt64 = 0
        /// Changes of which it could not be found out.
        var inDoubt: UInt64 = 0
        /// Calls that found no node in time.
        var refused: UInt64 = 0
    }

    /// Whether the numbers of requests can be noted.
    enum Numbering: Sendable {
        case unknown
        case ready
        case impossible
    }

    /// How often it looks at the clock: a connection that is closed is noticed as soon.
    static let tick = Duration.milliseconds(25)
    /// How often old numbers are taken out.
    private static let tidying = Duration.seconds(60)

    /// Begins to watch over nodes, and to take statements for them.
    ///
    /// - Parameters:
    ///   - directory: Where the databases are that are named without a path.
    ///   - old: The one that it takes the place of: its orders stay, and its writer.
    ///   - report: Gets what happens, for the log, and whether it is bad.
    /// - Throws: What is wrong with the settings.
    public init(
        _ settings: BalancerSettings,
        directory: String,
        following old: Balancer? = nil,
        report: @escaping @Sendable (_ isBad: Bool, _ text: String) -> Void
    ) throws(DatabaseError) {
        var nodes: [BalancedNode] = []
        for node in settings.nodes {
            nodes.append(BalancedNode(node, try DatabaseDSN(node.dataSource, directory: directory), settings))
        }
        guard let first = nodes.first else { throw DatabaseError(.dataSource, "\(settings.name) has no nodes") }
        guard nodes.allSatisfy({ $0.pool.dialect == first.pool.dialect }) else {
            throw DatabaseError(.dataSource, "the nodes of \(settings.name) are not the same kind of database")
        }
        (name, dialect) = (settings.name, first.pool.dialect)
        (self.settings, self.nodes, self.report) = (settings, nodes, report)
        var machine = Machine(settings, now: .now)
        if let old { machine.goOn(from: old.snapshot.machine, .now) }
        state = Mutex(State(machine: machine, numbers: RequestSeries(first.pool.dialect)))
        let task = Task.detached { [weak self] in
            var tidies = MonotonicInstant.now + Self.tidying
            while !Task.isCancelled {
                guard let self else { return }
                self.keepTime()
                if MonotonicInstant.now >= tidies {
                    tidies = MonotonicInstant.now + Self.tidying
                    Task { await self.tidy() }
                }
                try? await Task.sleep(for: Self.tick)
            }
        }
        clock.withLock { $0 = task }
    }

    /// Ends; statements that are being carried out may end before.
    public func close() async {
        clock.withLock { $0 }?.cancel()
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: nil) }
        await withTaskGroup { group in
            for node in nodes { group.addTask { await node.close() } }
        }
    }

    /// Whether it has been closed.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    // MARK: - What the machine asks for

    private func keepTime() {
        let lost = nodes.indices.filter { nodes[$0].probe.hasLostConnection }
        let actions = state.withLock { state in
            var actions: [Machine.Action] = []
            for index in lost { actions += state.machine.failed(index, "it has closed its connection", .now) }
            return actions + state.machine.tick(.now)
        }
        perform(actions)
    }

    private func handle(_ event: (inout Machine) -> [Machine.Action]) {
        perform(state.withLock { event(&$0.machine) })
    }

    private func perform(_ actions: [Machine.Action]) {
        for action in actions {
            switch action {
            case .check(let node, let number): Task { await check(node, number) }
            case .canary(let node, let writer): Task { await sendCanary(node, writer) }
            case .interrupt(let node, let reason):
                nodes[node].pool.abandon(because: reason)
                tellObservers(.lost(node: node))
            case .leave(let node): tellObservers(.left(node: node))
            case .endChanges(let node): endChanges(on: node)
            case .grant(let waiter, let node): resume(waiter, node)
            case .refuse(let waiter): resume(waiter, nil)
            case .report(let report): self.report(report.isBad, report.text)
            }
        }
    }

    /// Has somebody told what becomes of the connections to nodes.
    public func watchNodes(_ observer: @escaping @Sendable (NodeEvent) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    private func tellObservers(_ event: NodeEvent) {
        for observer in state.withLock({ $0.observers }) { observer(event) }
    }

    private func endChanges(on index: Int) {
        let grace = "\(settings.writerGrace.wholeMilliseconds) ms"
        let count = nodes[index].pool.endChanges(because: "another node has been written to for \(grace)")
        if count > 0 { report(true, "\(count) changes on \(nodes[index].name) did not end within \(grace)") }
        tellObservers(.overdue(node: index))
    }

    private func resume(_ waiter: Machine.Waiter, _ node: Int?) {
        let continuation = state.withLock { $0.waiters.removeValue(forKey: waiter) }
        continuation?.resume(returning: node)
        // Somebody who was granted a node and is not there any more does not need it.
        if continuation == nil, let node { handle { $0.ended(node, .now) } }
    }

    private func check(_ index: Int, _ number: UInt64) async {
        switch await nodes[index].probe.check() {
        case .answered(let facts): handle { $0.checked(index, by: number, facts, .now) }
        case .failed(let reason, let isHung):
            handle { $0.checkFailed(index, by: number, reason, isHung: isHung, .now) }
        }
    }

    private func sendCanary(_ index: Int, _ writer: Int) async {
        let row = CanaryRow(dialect)
        let failure = await row.fly(from: nodes[writer].ownPool, to: nodes[index].ownPool)
        handle { $0.canaryEnded(index, failure: failure, .now) }
    }

    private func tidy() async {
        guard let writer = state.withLock({ $0.numbering == .ready ? $0.machine.writer : nil }) else { return }
        // Not on the connection of the checks, which would wait.
        let pool = nodes[writer].pool
        // Void ones stay: their changes may be on their way for as long as a node is frozen.
        if let ended = state.withLock({ $0.numbers.takeEnded() }) {
            let table = BalancerTable.requests(dialect)
            try? await table.remove(ended, state: RequestNumber.done, from: pool)
        }
        for table in [BalancerTable.requests(dialect), .canary(dialect)] {
            try? await table.tidy(pool)
        }
    }

    // MARK: - The use of nodes

    /// A node for a call, which has to be given back.
    func acquire(
        _ purpose: Machine.Purpose,
        excluding: Set<Int> = [],
        until deadline: MonotonicInstant
    ) async throws(DatabaseError) -> Int {
        let (id, immediate) = state.withLock { state -> (Machine.Waiter, Int?) in
            state.lastWaiter &+= 1
            guard !state.isClosed else { return (state.lastWaiter, nil) }
            return (state.lastWaiter, state.machine.takeNow(purpose, excluding: excluding, .now))
        }
        if let immediate { return immediate }
        let node = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                request(id, purpose, deadline, continuation)
                if Task.isCancelled { giveUp(id) }
            }
        } onCancel: {
            giveUp(id)
        }
        if let node { return node }
        if Task.isCancelled { throw DatabaseError(.cancelled, "the call was cancelled") }
        throw refusal()
    }

    private func request(
        _ id: Machine.Waiter,
        _ purpose: Machine.Purpose,
        _ deadline: MonotonicInstant,
        _ continuation: Continuation
    ) {
        let request = state.withLock { state -> Machine.OnRequest in
            guard !state.isClosed else { return .refuse }
            let request = state.machine.requested(by: id, for: purpose, until: deadline, .now)
            if request == .wait { state.waiters[id] = continuation }
            return request
        }
        switch request {
        case .use(let node): continuation.resume(returning: node)
        case .refuse: continuation.resume(returning: nil)
        case .wait: break
        }
    }

    private func giveUp(_ id: Machine.Waiter) {
        let continuation = state.withLock { state in
            state.machine.gaveUp(id) ? state.waiters.removeValue(forKey: id) : nil
        }
        continuation?.resume(returning: nil)
    }

    /// Why no node could be had.
    private func refusal() -> DatabaseError {
        state.withLock { state in
            state.counts.refused &+= 1
            if state.isClosed { return DatabaseError(.unavailable, "the balancer \(name) has ended") }
            let nodes = state.machine.nodes.map { node in
                let order = node.order == .ready ? "" : ", ordered to \(node.order.rawValue)"
                let use = node.facts?.takesChanges == false ? ", takes no changes" : ""
                return "\(node.settings.name) is \(node.trust.name)\(order)\(use)"
                    + (node.trust.reason.map { " (\($0))" } ?? "")
            }
            return DatabaseError(.unavailable, "no node of \(name) can be used: \(nodes.joined(separator: "; "))")
        }
    }

    /// A call has ended with its node.
    ///
    /// - Parameter error: How it failed, when it did.
    func release(_ index: Int, _ error: DatabaseError? = nil) {
        if let error { failed(index, error) }
        handle { $0.ended(index, .now) }
    }

    /// Something failed; where it was because of the node, it is doubted.
    func failed(_ index: Int, _ error: DatabaseError) {
        guard error.isOfNode else { return }
        handle { machine in
            machine.nodes[index].failures &+= 1
            return machine.failed(index, "\(error)", .now)
        }
    }

    /// Whether a node has not lost trust.
    func trusts(_ index: Int) -> Bool { state.withLock { $0.machine.nodes[index].trust.isTrustedOrDoubted } }

    /// Whether a connection may stay on a node, once it is between two transactions.
    func mayStay(on index: Int, for purpose: Machine.Purpose) -> Bool {
        state.withLock { $0.machine.mayStay(index, for: purpose) }
    }

    /// Tables were changed on a node.
    func schemaChanged(on index: Int) {
        state.withLock { $0.machine.schemaChanged(on: index, .now) }
    }

    /// Puts something into the log.
    func tell(isBad: Bool, _ text: String) { report(isBad, text) }

    /// Counts something.
    func count(_ counter: WritableKeyPath<Counts, UInt64>) {
        state.withLock { $0.counts[keyPath: counter] &+= 1 }
    }

    // MARK: - Orders and state

    /// An operator says what becomes of a node.
    func order(_ index: Int, _ order: NodeOrder) {
        handle { $0.order(index, order, .now) }
        if order == .maintenance { tellObservers(.lost(node: index)) }
    }

    /// An operator says who is written to; false when that node cannot be.
    func order(writer index: Int) -> Bool {
        guard let actions = state.withLock({ $0.machine.order(writer: index, .now) }) else { return false }
        perform(actions)
        return true
    }

    /// What it knows and has counted at the moment.
    var snapshot: (machine: BalancerMachine, counts: Counts) {
        state.withLock { ($0.machine, $0.counts) }
    }

    // MARK: - Numbers of requests

    /// Whether changes can be numbered; the table for it is made the first time.
    func canNumber(on index: Int) async -> Bool {
        guard settings.numbersRequests else { return false }
        switch state.withLock({ $0.numbering }) {
        case .ready: return true
        case .impossible: return false
        case .unknown: break
        }
        let table = BalancerTable.requests(dialect)
        let pool = nodes[index].pool
        if await table.exists(in: pool) { return setNumbering(.ready) }
        do throws(DatabaseError) {
            try await table.make(in: pool)
            return setNumbering(.ready)
        } catch {
            guard error.isServersWord, error.kind != .conflict else { return false }
            report(true, "changes are not numbered, and may stay in doubt: \(error)")
            return setNumbering(.impossible)
        }
    }

    /// A number for a change, which has to be ended.
    func takeNumber() -> RequestNumber { state.withLock { $0.numbers.take() } }

    func endNumber(_ number: RequestNumber) {
        state.withLock { $0.numbers.end(number) }
    }

    private func setNumbering(_ numbering: Numbering) -> Bool {
        state.withLock { $0.numbering = numbering }
        return numbering == .ready
    }
}
