import Base

/// Which node gets what, and which are trusted: a value, to which the balancer tells what happened.
///
/// | event | what follows |
/// |---|---|
/// | time passes | checks begin; a node whose check takes too long is doubted, then down |
/// | a check has ended | the node is compared with the others, and loses or gains trust |
/// | a statement failed because of its node | the node is doubted until it has been checked |
/// | a call wants a node | it gets one, or waits in a bounded queue |
/// | a call has ended with a node, or a node is trusted | who has waited longest gets it |
/// | an operator gives an order | the node is left alone, or comes back |
/// | another node becomes the writer | what changes something on the old one has a while to end, and is ended then |
struct BalancerMachine: Sendable {
    typealias Waiter = UInt64

    /// What a call wants a node for.
    enum Purpose: Sendable, Hashable {
        case read
        case write
        /// Finding out what became of a change: on any node that sees all that were committed before.
        case settle
    }

    /// What the balancer has to do.
    enum Action: Sendable, Hashable {
        /// Ask a node how it is; the answer comes with the number of the check.
        case check(node: Int, number: UInt64)
        /// Write a row on one node and read it on the other.
        case canary(node: Int, writer: Int)
        /// End what the node is doing: there will be no answer.
        case interrupt(node: Int, reason: String)
        /// Others are used in the node's place: connections that may not stay (``BalancerMachine/mayStay(_:for:)``) end
        /// when they are between two transactions.
        case leave(node: Int)
        /// The time is over that changes had to end on a node that is not the writer any more.
        case endChanges(node: Int)
        case grant(Waiter, node: Int)
        /// The time of a call that waits is over.
        case refuse(Waiter)
        case report(Report)
    }

    /// Something for the log.
    struct Report: Sendable, Hashable {
        var isBad: Bool
        var text: String
    }

    enum OnRequest: Sendable, Hashable {
        case use(node: Int)
        case wait
        /// Too many wait already.
        case refuse
    }

    /// A call that waits for a node.
    struct Waiting: Sendable {
        let id: Waiter
        let purpose: Purpose
        let deadline: MonotonicInstant
    }

    let settings: BalancerSettings
    var nodes: [NodeRecord]
    /// Who waits, the longest first.
    var waiting: [Waiting] = []
    /// The node that changes go to, when they go to one.
    var writer: Int?
    /// Since when nobody knows whether it can be used.
    var writerDoubtedSince: MonotonicInstant?
    /// Whether an operator has said that it is this one.
    var isWriterOrdered = false
    var head = ClusterHead()
    /// A change of tables that not every node may have yet.
    var schemaChange: SchemaChange?
    /// The latest of PostgreSQL's timelines that was seen of each cluster; a server of another one says nothing of ours.
    var latestGenerations: [String: Int64] = [:]
    /// Since when no node is used; `nil` as long as one is.
    var unusedSince: MonotonicInstant?
    /// Whether that is only because it has just taken the place of another one, which did use nodes.
    var isTakingOver = false

    init(_ settings: BalancerSettings, now: MonotonicInstant) {
        self.settings = settings
        nodes = settings.nodes.map(NodeRecord.init)
        unusedSince = now
    }

    // MARK: - Time

    /// Time has passed.
    mutating func tick(_ now: MonotonicInstant) -> [Action] {
        var actions: [Action] = []
        for index in nodes.indices where nodes[index].order != .maintenance {
            if let began = nodes[index].checkBegan {
                if now - began >= settings.checkTimeout {
                    nodes[index].facts = nil
                    lose(index, "its check has not ended for \(milliseconds(settings.checkTimeout))", now, &actions)
                } else if now - began >= settings.checkPatience {
                    doubt(index, "its check has not ended for \(milliseconds(settings.checkPatience))", now, &actions)
                }
            } else if now >= nodes[index].nextCheck {
                nodes[index].nextCheck = now + settings.checkInterval
                actions.append(.check(node: index, number: nodes[index].beginCheck(now)))
            }
        }
        settle(now, &actions)
        endChanges(now, &actions)
        for waiter in waiting where now >= waiter.deadline { actions.append(.refuse(waiter.id)) }
        waiting.removeAll { now >= $0.deadline }
        return actions
    }

    // MARK: - Checks

    /// A check has ended with an answer; one that is not waited for any more says nothing.
    mutating func checked(
        _ index: Int,
        by check: UInt64,
        _ facts: HealthFacts,
        _ now: MonotonicInstant
    ) -> [Action] {
        guard nodes.indices.contains(index), let began = nodes[index].beginning(of: check) else { return [] }
        var actions: [Action] = []
        note(facts, of: index, asOf: began, now)
        followSchema(index, now)
        judge(now, &actions)
        settle(now, &actions)
        return actions
    }

    private mutating func note(
        _ facts: HealthFacts,
        of index: Int,
        asOf began: MonotonicInstant,
        _ now: MonotonicInstant
    ) {
        let elapsed = max((began - nodes[index].factsAsOf).wholeNanoseconds, 1)
        if let before = nodes[index].facts, facts.pauseRequests > before.pauseRequests {
            let (paused, overflow) = facts.pausedNanoseconds.subtractingReportingOverflow(before.pausedNanoseconds)
            nodes[index].heldUp = overflow ? 0 : Int(clamping: min(max(paused, 0) / max(elapsed / 100, 1), 100))
        } else {
            nodes[index].heldUp = 0
        }
        (nodes[index].facts, nodes[index].factsAsOf) = (facts, began)
        (nodes[index].checkBegan, nodes[index].failedChecks) = (nil, 0)
        noteGeneration(facts)
    }

    /// How many clusters are known at most beside those of the nodes.
    private static let clusterLimit = 16

    private mutating func noteGeneration(_ facts: HealthFacts) {
        guard facts.generation > 0 else { return }
        let cluster = facts.view?.cluster ?? ""
        latestGenerations[cluster] = max(latestGeneration(of: facts), facts.generation)
        guard latestGenerations.count > Self.clusterLimit + nodes.count else { return }
        let present = Set(nodes.compactMap { $0.facts?.view?.cluster })
        latestGenerations = latestGenerations.filter { present.contains($0.key) }
    }

    /// The latest timeline of the cluster that these facts are from.
    func latestGeneration(of facts: HealthFacts) -> Int64 { latestGenerations[facts.view?.cluster ?? ""] ?? 0 }

    /// A check has failed.
    ///
    /// - Parameter isHung: Whether no answer came at all.
    mutating func checkFailed(
        _ index: Int,
        by check: UInt64,
        _ reason: String,
        isHung: Bool,
        _ now: MonotonicInstant
    ) -> [Action] {
        guard nodes.indices.contains(index), nodes[index].beginning(of: check) != nil else { return [] }
        var actions: [Action] = []
        nodes[index].checkBegan = nil
        nodes[index].failedChecks += 1
        // The kept connection alone may have been ended: only a second failure says something of the node.
        if isHung || nodes[index].failedChecks > 1 || !nodes[index].trust.isTrustedOrDoubted {
            nodes[index].facts = nil
            lose(index, reason, now, &actions)
        } else {
            doubt(index, reason, now, &actions)
            nodes[index].nextCheck = now
        }
        judge(now, &actions)
        settle(now, &actions)
        return actions
    }

    /// The kept connection is gone, or a statement failed because of the node: it is asked at once.
    mutating func failed(_ index: Int, _ reason: String, _ now: MonotonicInstant) -> [Action] {
        guard nodes.indices.contains(index) else { return [] }
        var actions: [Action] = []
        doubt(index, reason, now, &actions)
        nodes[index].nextCheck = now
        settle(now, &actions)
        return actions
    }

    /// A row that was written elsewhere was read on a node, or was not.
    mutating func canaryEnded(_ index: Int, failure: String?, _ now: MonotonicInstant) -> [Action] {
        guard nodes.indices.contains(index), nodes[index].canary == .onItsWay else { return [] }
        var actions: [Action] = []
        if let failure {
            nodes[index].canary = .failed(reason: failure, again: now + .seconds(1))
            report(&actions, isBad: true, "\(nodes[index].settings.name) is not let in yet: \(failure)")
        } else {
            nodes[index].canary = .none
            if case .joining = nodes[index].trust {
                admit(index, now, grows: true, "it has shown what was written elsewhere", &actions)
            }
        }
        settle(now, &actions)
        return actions
    }

    // MARK: - Calls

    /// A call takes a node that it need not wait for.
    ///
    /// - Parameter excluding: The nodes that it has tried already. Who has to wait may get one of them all the same: it
    ///   may be well again by then.
    mutating func takeNow(_ purpose: Purpose, excluding: Set<Int>, _ now: MonotonicInstant) -> Int? {
        // Who waits already comes first.
        guard waiting.isEmpty, let node = choose(purpose, excluding: excluding, now) else { return nil }
        begin(node)
        return node
    }

    /// A call wants a node, and may wait for it.
    mutating func requested(
        by waiter: Waiter,
        for purpose: Purpose,
        until deadline: MonotonicInstant,
        _ now: MonotonicInstant
    ) -> OnRequest {
        if let node = choose(purpose, excluding: [], now) {
            begin(node)
            return .use(node: node)
        }
        guard waiting.count < settings.waiters else { return .refuse }
        waiting.append(Waiting(id: waiter, purpose: purpose, deadline: deadline))
        return .wait
    }

    /// A call waits no longer; false when it has got its node already.
    mutating func gaveUp(_ waiter: Waiter) -> Bool {
        guard let index = waiting.firstIndex(where: { $0.id == waiter }) else { return false }
        waiting.remove(at: index)
        return true
    }

    /// A call has ended with its node.
    mutating func ended(_ index: Int, _ now: MonotonicInstant) -> [Action] {
        guard nodes.indices.contains(index) else { return [] }
        nodes[index].inUse = max(nodes[index].inUse - 1, 0)
        guard !waiting.isEmpty || (nodes[index].inUse == 0 && nodes[index].order != .ready) else { return [] }
        var actions: [Action] = []
        if nodes[index].inUse == 0, nodes[index].order != .ready {
            report(&actions, isBad: false, "\(nodes[index].settings.name) has nothing left to do")
        }
        grant(now, &actions)
        return actions
    }

    mutating func begin(_ index: Int) {
        nodes[index].inUse += 1
        nodes[index].statements &+= 1
    }

    // MARK: - Words

    func report(_ actions: inout [Action], isBad: Bool, _ text: String) {
        actions.append(.report(Report(isBad: isBad, text: text)))
    }

    func milliseconds(_ duration: Duration) -> String { "\(duration.wholeMilliseconds) ms" }
}
