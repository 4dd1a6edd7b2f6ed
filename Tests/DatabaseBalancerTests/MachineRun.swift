import Base

@testable import DatabaseBalancer

/// A balancer's machine with a clock that the test moves, and nodes that say what the test wants.
struct MachineRun {
    typealias Action = BalancerMachine.Action

    private(set) var machine: BalancerMachine
    private(set) var now = MonotonicInstant.zero
    /// What each node answers, by its place; one without an answer hangs.
    var answers: [Int: Answer]
    /// How canaries end.
    var canaryFailure: String?
    /// How often the machine is told that time has passed.
    var tickInterval = Duration.milliseconds(5)
    private var nextTick = MonotonicInstant.zero
    /// What was reported and asked for, except checks.
    private(set) var actions: [Action] = []
    private var underWay: [Check] = []
    private var lastWaiter: UInt64 = 0

    /// A check that a node has not answered.
    private struct Check {
        let node: Int
        let number: UInt64
        /// When it does; never, when it hangs.
        var at: MonotonicInstant
    }

    enum Answer {
        case facts(HealthFacts)
        case refused
        case hangs
    }

    /// How long a check takes.
    static let checkTime = Duration.milliseconds(5)

    init(nodes: Int = 3, answering: Bool = true, _ change: (inout BalancerSettings) -> Void = { _ in }) {
        var settings = BalancerSettings(name: "test")
        for index in 0..<nodes { settings.nodes.append(NodeSettings(name: "n\(index)", dataSource: "n\(index)")) }
        change(&settings)
        machine = BalancerMachine(settings, now: .zero)
        answers = [:]
        if answering { for index in 0..<nodes { answers[index] = .facts(.galera()) } }
    }

    /// The words of status, node for node: `trusted trusted down`.
    var trusts: String { machine.nodes.map(\.trust.name).joined(separator: " ") }

    var writer: Int? { machine.writer }

    /// What was written into the log.
    var log: [String] {
        actions.compactMap { action in
            guard case .report(let report) = action else { return nil }
            return report.text
        }
    }

    /// Lets time pass, in steps of 5 ms, with the answers that there are.
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while now < end {
            now = now + .milliseconds(5)
            let ended = underWay.filter { $0.at <= now }
            underWay.removeAll { $0.at <= now }
            for check in ended { answer(check) }
            guard now >= nextTick else { continue }
            nextTick = now + tickInterval
            take(machine.tick(now))
        }
    }

    private mutating func answer(_ check: Check) {
        switch answers[check.node] ?? .hangs {
        case .facts(let facts): take(machine.checked(check.node, by: check.number, facts, now))
        case .refused:
            take(machine.checkFailed(check.node, by: check.number, "connection refused", isHung: false, now))
        case .hangs: underWay.append(Check(node: check.node, number: check.number, at: .distantFuture))
        }
    }

    private mutating func take(_ new: [Action]) {
        for action in new {
            switch action {
            case .check(let node, let number):
                underWay.append(Check(node: node, number: number, at: now + Self.checkTime))
            case .canary(let node, _):
                actions.append(action)
                take(machine.canaryEnded(node, failure: canaryFailure, now))
            default: actions.append(action)
            }
        }
    }

    /// A node that hung goes on, or its connection is broken: what it was asked is answered now.
    mutating func thaw(_ node: Int, _ answer: Answer) {
        answers[node] = answer
        let hung = underWay.filter { $0.node == node && $0.at == .distantFuture }
        underWay.removeAll { $0.node == node && $0.at == .distantFuture }
        for check in hung { self.answer(check) }
    }

    /// Tables were changed on a node.
    mutating func changeTables(on node: Int) { machine.schemaChanged(on: node, now) }

    /// A statement fails because of its node.
    mutating func fail(_ node: Int) { take(machine.failed(node, "lost", now)) }

    /// Its configuration takes the place of another one.
    mutating func goOn(from old: MachineRun) { machine.goOn(from: old.machine, now) }

    mutating func order(_ node: Int, _ order: NodeOrder) { take(machine.order(node, order, now)) }

    mutating func order(writer node: Int) -> Bool {
        guard let new = machine.order(writer: node, now) else { return false }
        take(new)
        return true
    }

    /// A call wants a node: `n1`, `wait` or `refuse`.
    mutating func want(_ purpose: BalancerMachine.Purpose, for time: Duration = .seconds(10)) -> String {
        lastWaiter += 1
        switch machine.requested(by: lastWaiter, for: purpose, until: now + time, now) {
        case .use(let node): return "n\(node)"
        case .wait: return "wait"
        case .refuse: return "refuse"
        }
    }

    /// A call without a place in the queue.
    mutating func take(_ purpose: BalancerMachine.Purpose, excluding: Set<Int>) -> Int? {
        machine.takeNow(purpose, excluding: excluding, now)
    }

    mutating func end(_ node: Int) { take(machine.ended(node, now)) }

    /// The nodes that calls got who had waited, and refusals.
    var grants: [String] {
        actions.compactMap { action in
            switch action {
            case .grant(let waiter, let node): "\(waiter) gets n\(node)"
            case .refuse(let waiter): "\(waiter) refused"
            default: nil
            }
        }
    }

    /// The nodes that were left for others: `leave n0`, and `end n0` when the time was over.
    var departures: [String] {
        actions.compactMap { action in
            switch action {
            case .leave(let node): "leave n\(node)"
            case .endChanges(let node): "end n\(node)"
            default: nil
            }
        }
    }

    var canaries: Int { actions.count { if case .canary = $0 { true } else { false } } }
    var interrupted: [Int] {
        actions.compactMap { if case .interrupt(let node, _) = $0 { node } else { nil } }
    }
}

extension HealthFacts {
    /// What a node of Galera says that is well.
    static func galera(view: Int64 = 8, size: Int = 3, cluster: String = "c", position: Int64 = 100) -> HealthFacts {
        var facts = HealthFacts()
        facts.view = View(cluster: cluster, number: view, size: size)
        facts.position = position
        facts.isReplicated = true
        return facts
    }

    /// What PostgreSQL says: a standby has no timeline, and may follow one.
    static func postgreSQL(
        timeline: Int64 = 0,
        following: Int64 = 0,
        position: Int64 = 100,
        cluster: String = "s"
    ) -> HealthFacts {
        var facts = HealthFacts()
        facts.view = View(cluster: cluster)
        facts.position = position
        facts.generation = max(timeline, following)
        facts.takesChanges = timeline > 0
        facts.isReplicated = timeline == 0
        return facts
    }

    static func faulty(_ fault: String) -> HealthFacts {
        var facts = galera()
        facts.fault = fault
        return facts
    }
}
