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
    let state: Mutex<State>
    private let clock = Mutex<Task<Void, Never>?>(nil)

    typealias Machine = BalancerMachine
    typealias Continuation = CheckedContinuation<Int?, Never>

    struct State: Sendable {
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

    func handle(_ event: (inout Machine) -> [Machine.Action]) {
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
        let failure = await row.fly(from: nodes[writer], to: nodes[index])
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

    // MARK: - Words and counts

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
}
