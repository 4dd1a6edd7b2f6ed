import Base

extension BalancerMachine {
    /// Compares what the nodes say, and trusts them or not.
    mutating func judge(_ now: MonotonicInstant, _ actions: inout [Action]) {
        let view = leadingView()
        for index in nodes.indices where nodes[index].order != .maintenance {
            guard let facts = nodes[index].facts else { continue }
            if let fault = facts.fault {
                lose(index, fault, now, &actions)
            } else if let misfit = misfit(index, facts, view, now) {
                doubtForMisfit(index, misfit, now, &actions)
            } else {
                clear(index, now, &actions)
            }
        }
        noteHead(view, now)
    }

    /// The view of most nodes; of equally many the later one, then that of a node that is used already.
    private func leadingView() -> HealthFacts.View? {
        var counts: [HealthFacts.View: Int] = [:]
        for node in nodes where node.order != .maintenance {
            if let facts = node.facts, facts.fault == nil, let view = facts.view { counts[view, default: 0] += 1 }
        }
        let leading = counts.max { left, right in
            if left.value != right.value { return left.value < right.value }
            if left.key.number != right.key.number { return left.key.number < right.key.number }
            let (leftIsUsed, rightIsUsed) = (isUsed(left.key), isUsed(right.key))
            if leftIsUsed != rightIsUsed { return rightIsUsed }
            return (left.key.size, left.key.cluster) < (right.key.size, right.key.cluster)
        }
        return leading?.key
    }

    private func isUsed(_ view: HealthFacts.View) -> Bool {
        nodes.contains { $0.trust.isTrustedOrDoubted && $0.facts?.view == view }
    }

    /// Why a node does not fit to the others.
    private func misfit(
        _ index: Int,
        _ facts: HealthFacts,
        _ view: HealthFacts.View?,
        _ now: MonotonicInstant
    ) -> String? {
        if let view, let own = facts.view, own != view { return Self.difference(own, view) }
        let latest = latestGeneration(of: facts)
        if facts.takesChanges, facts.generation < latest, facts.generation > 0 {
            return "another server was promoted after it (timeline \(latest), not \(facts.generation))"
        }
        if let position = facts.position, !(facts.generation > 0 && facts.takesChanges) {
            let lag = head.lag(of: position, of: identity(facts), at: nodes[index].factsAsOf)
            if lag > settings.maximumLag { return "it is \(milliseconds(lag)) behind the others" }
        }
        if facts.receiveQueue > settings.receiveQueueLimit {
            return "\(facts.receiveQueue) transactions wait to be applied on it"
        }
        if nodes[index].heldUp > settings.flowControlLimit {
            return "it holds up the others for \(nodes[index].heldUp) % of the time"
        }
        return nil
    }

    private static func difference(_ own: HealthFacts.View, _ leading: HealthFacts.View) -> String {
        guard own.cluster == leading.cluster else { return "it belongs to another cluster than the others" }
        return "it sees membership \(own.number) of \(own.size), the others \(leading.number) of \(leading.size)"
    }

    private func identity(_ facts: HealthFacts) -> String {
        "\(facts.view?.cluster ?? "")/\(latestGeneration(of: facts))"
    }

    private mutating func noteHead(_ view: HealthFacts.View?, _ now: MonotonicInstant) {
        for node in nodes where node.trust.isTrusted {
            guard let facts = node.facts, facts.view == view, let position = facts.position else { continue }
            head.note(position, of: identity(facts), at: now)
        }
    }

    private mutating func doubtForMisfit(
        _ index: Int,
        _ reason: String,
        _ now: MonotonicInstant,
        _ actions: inout [Action]
    ) {
        switch nodes[index].trust {
        case .trusted:
            doubt(index, reason, now, &actions)
            hurry(now)
        case .doubted(_, let since, _):
            // Only what it said after the doubt arose counts.
            if nodes[index].factsAsOf > since, now - since >= settings.doubtLimit { lose(index, reason, now, &actions) }
            hurry(now)
        case .unknown, .joining, .down:
            lose(index, reason, now, &actions)
        }
    }

    /// Everybody is asked again soon: one of two that disagree has only answered earlier.
    private mutating func hurry(_ now: MonotonicInstant) {
        for index in nodes.indices where nodes[index].trust.isTrustedOrDoubted {
            nodes[index].nextCheck = min(nodes[index].nextCheck, now + settings.recheckInterval)
        }
    }

    /// Nothing speaks against a node.
    private mutating func clear(_ index: Int, _ now: MonotonicInstant, _ actions: inout [Action]) {
        switch nodes[index].trust {
        case .trusted, .joining: break
        case .doubted(let reason, let since, let before):
            guard nodes[index].factsAsOf >= since, nodes[index].checkBegan == nil else { return }
            nodes[index].trust = .trusted(since: before.since, grows: before.grows)
            report(&actions, isBad: false, "\(nodes[index].settings.name) is trusted again: no longer \"\(reason)\"")
        case .unknown, .down:
            nodes[index].trust = .joining(since: now)
            nodes[index].canary = .none
        }
    }

    // MARK: - Trust that goes

    /// A node gets nothing new until it is clear what is the matter.
    mutating func doubt(_ index: Int, _ reason: String, _ now: MonotonicInstant, _ actions: inout [Action]) {
        switch nodes[index].trust {
        case .trusted(let since, let grows):
            let before = Trust.Trusted(since: since, grows: grows)
            nodes[index].trust = .doubted(reason: reason, since: now, before: before)
            report(&actions, isBad: true, "\(nodes[index].settings.name) is doubted: \(reason)")
        case .doubted(let known, _, let before):
            // Checks that began before this do not speak for it.
            nodes[index].trust = .doubted(reason: known, since: now, before: before)
        case .unknown, .down, .joining: break
        }
    }

    /// A node is not used any more.
    mutating func lose(_ index: Int, _ reason: String, _ now: MonotonicInstant, _ actions: inout [Action]) {
        let name = nodes[index].settings.name
        if case .down(let known) = nodes[index].trust {
            guard known != reason else { return }
            nodes[index].trust = .down(reason: reason)
            return
        }
        if nodes[index].trust.isTrustedOrDoubted { nodes[index].losses &+= 1 }
        nodes[index].trust = .down(reason: reason)
        nodes[index].canary = .none
        actions.append(.interrupt(node: index, reason: reason))
        report(&actions, isBad: true, "\(name) is not used: \(reason)")
    }

    // MARK: - Trust that comes

    /// Lets in who may be let in, finds a writer, and gives nodes to those who wait.
    mutating func settle(_ now: MonotonicInstant, _ actions: inout [Action]) {
        if nodes.contains(where: { $0.trust.isTrustedOrDoubted }) {
            (unusedSince, isTakingOver) = (nil, false)
            for index in nodes.indices { advance(index, now, &actions) }
        } else {
            beginAnew(now, &actions)
        }
        elect(now, &actions)
        grant(now, &actions)
    }

    /// A node that is well goes on: time, the canary, trust.
    private mutating func advance(_ index: Int, _ now: MonotonicInstant, _ actions: inout [Action]) {
        guard case .joining(let since) = nodes[index].trust, now - since >= settings.settling else { return }
        guard let writer = canaryWriter(for: index) else {
            return admit(index, now, grows: true, "it has been well for \(milliseconds(now - since))", &actions)
        }
        switch nodes[index].canary {
        case .onItsWay: return
        case .failed(_, let again): if now < again { return }
        case .none: break
        }
        nodes[index].canary = .onItsWay
        actions.append(.canary(node: index, writer: writer))
    }

    /// Where a row can be written that the node has to show; `nil` when it need not.
    private func canaryWriter(for index: Int) -> Int? {
        guard settings.needsCanary, nodes[index].facts?.isReplicated == true else { return nil }
        let cluster = nodes[index].facts?.view?.cluster
        let others = nodes.indices.filter { other in
            other != index && nodes[other].trust.isTrusted && nodes[other].takesChanges
                && nodes[other].facts?.view?.cluster == cluster
        }
        return others.first { $0 == writer } ?? others.first
    }

    mutating func admit(
        _ index: Int,
        _ now: MonotonicInstant,
        grows: Bool,
        _ reason: String,
        _ actions: inout [Action]
    ) {
        nodes[index].trust = .trusted(since: now, grows: grows)
        report(&actions, isBad: false, "\(nodes[index].settings.name) is trusted: \(reason)")
    }
}
