import Base

/// How it begins, and begins anew when every node was lost: nobody is used, and nobody can show anything to a node.
extension BalancerMachine {
    /// Lets in all nodes that agree.
    mutating func beginAnew(_ now: MonotonicInstant, _ actions: inout [Action]) {
        let since = unusedSince ?? now
        unusedSince = since
        guard hasTriedAll(since, now) else { return }
        let hasHeard = isTakingOver || hasHeardAll(since, now)
        for index in nodes.indices {
            guard case .joining = nodes[index].trust, nodes[index].order == .ready else { continue }
            // One of several that answers alone may be what is left of an old membership.
            if let view = nodes[index].facts?.view, view.size > 0,
                count(of: view) * 2 <= min(view.size, nodes.count { $0.order != .maintenance })
            {
                continue
            }
            // A primary in whose place another one was promoted meanwhile knows nothing of that.
            if !hasHeard, nodes[index].facts.map({ $0.generation > 0 }) ?? false { continue }
            admit(index, now, grows: false, "nobody else is used", &actions)
        }
    }

    /// How many nodes have a view.
    private func count(of view: HealthFacts.View) -> Int {
        nodes.count { $0.order != .maintenance && $0.facts?.fault == nil && $0.facts?.view == view }
    }

    /// Whether every node has been asked once, or has had the time to answer.
    private func hasTriedAll(_ since: MonotonicInstant, _ now: MonotonicInstant) -> Bool {
        nodes.allSatisfy { $0.trust != .unknown || $0.order != .ready } || now - since >= settings.checkTimeout
    }

    /// Whether every node has answered since nobody is used, or has been waited for since the first one did.
    ///
    /// After a break of the network they do not all come back at once: an attempt to connect that began before its end may
    /// still last for as long as a check may, and the next one has to follow it.
    private func hasHeardAll(_ since: MonotonicInstant, _ now: MonotonicInstant) -> Bool {
        let first = nodes.compactMap { node -> MonotonicInstant? in
            guard case .joining(let since) = node.trust else { return nil }
            return since
        }.min()
        if let first, now - max(first, since) >= settings.checkTimeout * 2 { return true }
        return nodes.allSatisfy { $0.order == .maintenance || ($0.facts != nil && $0.factsAsOf >= since) }
    }
}
