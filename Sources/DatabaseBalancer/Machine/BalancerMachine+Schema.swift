import Base

/// Who has made a table must not be told a moment later, by another node, that there is none.
extension BalancerMachine {
    /// A change of tables that was made on one node, and arrives on the others a moment later.
    struct SchemaChange: Sendable {
        /// Where it was made.
        let node: Int
        /// When that was over.
        let time: MonotonicInstant
        /// How far that node was afterwards: who is as far has the change too.
        var position: Int64?
        /// Which of the others have it.
        var arrived: Set<Int> = []
    }

    /// Tables were changed on a node: reads go there, until a check has shown of each other one that it has the change.
    mutating func schemaChanged(on index: Int, _ now: MonotonicInstant) {
        guard nodes.indices.contains(index), nodes.count > 1, nodes[index].facts?.position != nil else { return }
        schemaChange = SchemaChange(node: index, time: now)
        for node in nodes.indices where isFollowing(node) { nodes[node].nextCheck = now }
    }

    /// Whether a node can be read from as far as tables are concerned.
    func hasSchema(_ index: Int) -> Bool {
        guard let schemaChange, nodes[schemaChange.node].isUsable else { return true }
        return index == schemaChange.node || schemaChange.arrived.contains(index)
    }

    /// A node was checked: it may have got the change, or tell how far those are that have it.
    mutating func followSchema(_ index: Int, _ now: MonotonicInstant) {
        guard var change = schemaChange else { return }
        if index == change.node, nodes[index].factsAsOf > change.time { change.position = nodes[index].facts?.position }
        if let target = change.position {
            for node in nodes.indices where (nodes[node].facts?.position ?? .min) >= target {
                change.arrived.insert(node)
            }
        }
        let missing = nodes.indices.filter { isFollowing($0) && !change.arrived.contains($0) }
        schemaChange = missing.isEmpty ? nil : change
        for node in missing { nodes[node].nextCheck = min(nodes[node].nextCheck, now + settings.recheckInterval) }
    }

    /// Whether a node is read from, or may be soon; one that is let in later has shown a row that was written later.
    private func isFollowing(_ index: Int) -> Bool {
        switch nodes[index].trust {
        case .trusted, .doubted, .joining: nodes[index].order != .maintenance
        case .unknown, .down: false
        }
    }
}
