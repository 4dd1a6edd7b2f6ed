import Base

extension BalancerMachine {
    /// The node for something; `nil` when none can take it now.
    mutating func choose(_ purpose: Purpose, excluding: Set<Int>, _ now: MonotonicInstant) -> Int? {
        let candidates = nodes.indices.filter { index in
            nodes[index].isUsable && nodes[index].inUse < nodes[index].settings.connections
                && !excluding.contains(index) && isMeant(index, for: purpose)
        }
        guard let best = candidates.map({ tier(of: $0) }).min() else { return nil }
        let equals = candidates.filter { tier(of: $0) == best }
        guard equals.count > 1 else { return equals.first }
        switch settings.policy {
        case .roundRobin: return nextInTurn(equals, now)
        case .leastConnections: return leastBusy(equals, now)
        }
    }

    private func isMeant(_ index: Int, for purpose: Purpose) -> Bool {
        switch (purpose, settings.writers) {
        // It stays the writer when it is told to take none, and there is no other.
        case (.write, .single): index == writer && nodes[index].takesChanges
        case (.write, .multiple): nodes[index].takesChanges
        case (.settle, _): index == writer && nodes[index].takesChanges || sharesChanges(index)
        case (.read, _): (settings.readers == .all || index == writer) && hasSchema(index)
        }
    }

    /// Whether a change that was committed elsewhere stands in the way of one that is made here: so it is between nodes of
    /// Galera, and not between servers that copy from each other.
    private func sharesChanges(_ index: Int) -> Bool {
        guard let facts = nodes[index].facts, facts.takesChanges, facts.isReplicated, facts.position != nil else {
            return false
        }
        guard let writer, let other = nodes[writer].facts?.view else { return true }
        return facts.view?.cluster == other.cluster
    }

    /// Smaller ones come first: those of the own place, then the lower priority.
    private func tier(of index: Int) -> Int {
        let node = nodes[index].settings
        let isFar = !settings.dataCenter.isEmpty && node.dataCenter != settings.dataCenter
        return min(max(node.priority, 0), Self.priorityLimit) + (isFar ? Self.priorityLimit + 1 : 0)
    }

    /// The highest number of a priority.
    static let priorityLimit = 1000

    /// Smooth weighted round robin: each gains its share, who has gained most is taken and pays for all.
    private mutating func nextInTurn(_ candidates: [Int], _ now: MonotonicInstant) -> Int? {
        var total = 0
        for index in candidates {
            let share = nodes[index].share(now, slowStart: settings.slowStart)
            nodes[index].turn += share
            total += share
        }
        guard let chosen = candidates.max(by: { nodes[$0].turn < nodes[$1].turn }) else { return nil }
        nodes[chosen].turn -= total
        return chosen
    }

    private mutating func leastBusy(_ candidates: [Int], _ now: MonotonicInstant) -> Int? {
        let shares = candidates.map { nodes[$0].share(now, slowStart: settings.slowStart) }
        // Load for a share, compared without dividing: a/b < c/d when a·d < c·b.
        var least: [Int] = []
        var leastAt = 0
        for (place, index) in candidates.enumerated() {
            guard let first = least.first else {
                (least, leastAt) = ([index], place)
                continue
            }
            let own = (nodes[index].inUse + 1) * shares[leastAt]
            let known = (nodes[first].inUse + 1) * shares[place]
            if own < known { (least, leastAt) = ([index], place) } else if own == known { least.append(index) }
        }
        return least.count > 1 ? nextInTurn(least, now) : least.first
    }

    // MARK: - The writer

    /// Finds the node that changes go to: the same as long as it can be, unless another one is to have that place back.
    mutating func elect(_ now: MonotonicInstant, _ actions: inout [Action]) {
        noteWhoCouldWrite(now)
        if let writer {
            if nodes[writer].isUsable, nodes[writer].takesChanges {
                writerDoubtedSince = nil
                if let next = successor(of: writer, now) { change(writer: next, "it comes first again", now, &actions) }
                return
            }
            let since = writerDoubtedSince ?? now
            writerDoubtedSince = since
            let isUnclear =
                nodes[writer].trust.isTrustedOrDoubted && nodes[writer].order == .ready && nodes[writer].takesChanges
            if isUnclear, now - since < settings.checkPatience { return }
        }
        let candidates = nodes.indices.filter { nodes[$0].isUsable && nodes[$0].takesChanges }
        // One that has only just come back may go again: it is the writer when there is nobody else.
        let steady = candidates.filter { nodes[$0].isSteady(now, slowStart: settings.slowStart) }
        guard let next = first(of: steady.isEmpty ? candidates : steady) else { return }
        change(writer: next, "it is the first that can be", now, &actions)
    }

    private mutating func noteWhoCouldWrite(_ now: MonotonicInstant) {
        for index in nodes.indices {
            let couldWrite =
                nodes[index].isUsable && nodes[index].takesChanges
                && nodes[index].isSteady(now, slowStart: settings.slowStart)
            nodes[index].couldWriteSince = couldWrite ? nodes[index].couldWriteSince ?? now : nil
        }
    }

    private func first(of candidates: [Int]) -> Int? { candidates.min { isBefore($0, $1) } }

    /// Of equals the first is that of the configuration, so that all who have the same one agree.
    private func isBefore(_ one: Int, _ other: Int) -> Bool { (tier(of: one), one) < (tier(of: other), other) }

    /// The node that takes the writer's place although that one is well; `nil` when it keeps it.
    private func successor(of writer: Int, _ now: MonotonicInstant) -> Int? {
        guard settings.failsBack, settings.writers == .single, !isWriterOrdered else { return nil }
        let before = nodes.indices.filter { index in
            // Another kind of node may lack what was changed while it was away.
            guard isBefore(index, writer), sharesChanges(index), let since = nodes[index].couldWriteSince else {
                return false
            }
            return now - since >= settings.failBackHold
        }
        return first(of: before)
    }

    private mutating func change(
        writer next: Int,
        _ reason: String,
        _ now: MonotonicInstant,
        _ actions: inout [Action]
    ) {
        writerDoubtedSince = nil
        guard next != writer else { return }
        let before = writer.map { " after \(nodes[$0].settings.name)" } ?? ""
        if let writer { leaveWriter(writer, now, &actions) }
        writer = next
        nodes[next].changesEnd = nil
        isWriterOrdered = false
        guard settings.writers == .single else { return }
        report(&actions, isBad: false, "\(nodes[next].settings.name) is written to\(before): \(reason)")
    }

    // MARK: - What is left behind

    /// Another node is about to be the writer in the place of this one.
    private mutating func leaveWriter(_ index: Int, _ now: MonotonicInstant, _ actions: inout [Action]) {
        actions.append(.leave(node: index))
        // Where there are several writers nothing has to end.
        if settings.writers == .single { nodes[index].changesEnd = now + settings.writerGrace }
    }

    /// Ends changes where their time is over.
    mutating func endChanges(_ now: MonotonicInstant, _ actions: inout [Action]) {
        for index in nodes.indices {
            guard let end = nodes[index].changesEnd, now >= end else { continue }
            nodes[index].changesEnd = nil
            actions.append(.endChanges(node: index))
        }
    }

    /// Whether a connection that is on a node for something may stay there, once it is between two transactions.
    func mayStay(_ index: Int, for purpose: Purpose) -> Bool {
        guard nodes.indices.contains(index) else { return false }
        switch (purpose, settings.writers, settings.readers) {
        case (.write, .single, _), (.read, _, .writer): return writer == nil || index == writer
        case (.write, .multiple, _), (.read, _, .all), (.settle, _, _):
            // Somewhere it has to be.
            let hasOther = nodes.indices.contains { other in
                other != index && nodes[other].isUsable && isMeant(other, for: purpose)
            }
            return nodes[index].order == .ready || !hasOther
        }
    }

    // MARK: - Who waits

    mutating func grant(_ now: MonotonicInstant, _ actions: inout [Action]) {
        guard !waiting.isEmpty else { return }
        var left: [Waiting] = []
        for waiter in waiting {
            if let node = choose(waiter.purpose, excluding: [], now) {
                begin(node)
                actions.append(.grant(waiter.id, node: node))
            } else {
                left.append(waiter)
            }
        }
        waiting = left
    }

    // MARK: - Orders

    /// An operator says what becomes of a node.
    mutating func order(_ index: Int, _ order: NodeOrder, _ now: MonotonicInstant) -> [Action] {
        guard nodes.indices.contains(index), nodes[index].order != order else { return [] }
        var actions: [Action] = []
        let wasAway = nodes[index].order == .maintenance
        nodes[index].order = order
        report(&actions, isBad: false, "\(nodes[index].settings.name) is ordered to \(order.rawValue)")
        if order == .maintenance {
            // It has to show everything anew when it comes back; what it is asked now says nothing of it then.
            (nodes[index].trust, nodes[index].facts) = (.down(reason: "maintenance"), nil)
            nodes[index].forgetCheck()
        }
        if wasAway { nodes[index].nextCheck = now }
        settle(now, &actions)
        if order == .drain, !actions.contains(.leave(node: index)) { actions.append(.leave(node: index)) }
        return actions
    }

    /// An operator says who is written to.
    ///
    /// - Returns: What follows; `nil` when the node cannot be written to now.
    mutating func order(writer index: Int, _ now: MonotonicInstant) -> [Action]? {
        guard nodes.indices.contains(index), nodes[index].isUsable, nodes[index].takesChanges else { return nil }
        var actions: [Action] = []
        change(writer: index, "ordered", now, &actions)
        isWriterOrdered = true
        grant(now, &actions)
        return actions
    }

    /// Goes on where a balancer with another configuration ends: with its orders, its writer, and what it knows of servers
    /// that were promoted.
    mutating func goOn(from old: BalancerMachine, _ now: MonotonicInstant) {
        (latestGenerations, isTakingOver) = (old.latestGenerations, old.unusedSince == nil)
        for node in old.nodes {
            guard let index = nodes.firstIndex(where: { $0.settings.name == node.settings.name }) else { continue }
            _ = order(index, node.order, now)
        }
        // Another one would change what the old balancer's writer is still changing.
        writer = old.writer.flatMap { place in
            nodes.firstIndex { $0.settings.name == old.nodes[place].settings.name }
        }
        isWriterOrdered = writer != nil && old.isWriterOrdered
    }
}
