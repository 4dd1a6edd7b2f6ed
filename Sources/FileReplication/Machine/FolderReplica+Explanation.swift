extension FolderReplica {
    /// Paths that are not what they should be, in their order; those that somebody has to decide about are not among them.
    public var unsettledPaths: [TreePath] {
        index.paths.filter { !index[$0].isSettled }
    }

    /// Why a path is as it is here, in a few lines for people.
    public func explain(_ path: TreePath) -> [String] {
        let entry = index[path]
        guard !entry.record.isUnknown || entry.held != nil else { return ["\(path): nothing is known of it"] }
        var lines: [String] = []
        for version in entry.record.versions {
            let isWinner = version == entry.record.winner
            lines.append("\(isWinner ? "current" : "conflict"): \(describe(version))")
        }
        lines.append(entry.held.map { "on this node: \(describe($0))" } ?? "on this node: nothing")
        let known = entry.record.context.entries.map { "\(name($0.node)):\($0.counter)" }
        lines.append("known changes: \(known.joined(separator: " "))")
        if let dot = refusals[path] {
            lines.append("refused: change \(dot.counter) of \(name(dot.node)), whose file it is not")
        }
        if let need = needs[path] {
            let source = need.source.map { " from \(name($0))" } ?? ""
            lines.append(
                "work: \(need.stage)\(source), \(need.pieces.count) pieces to ask for, attempt \(need.attempt)"
            )
        } else if growths[path] != nil {
            lines.append("work: it is being written here")
        } else if heldBack.contains(path) || suspects.contains(path) {
            lines.append("work: its deletion waits for a decision")
        } else {
            lines.append(entry.isSettled ? "work: none, it is as it should be" : "work: waits for its turn")
        }
        return lines
    }

    private func describe(_ version: FileVersion) -> String {
        let what = version.isDeleted ? "deleted" : version.isGrowing ? "growing" : "\(version.metadata.kind)"
        return "\(what), \(version.metadata.size) bytes, change \(version.dot.counter) of \(name(version.dot.node))"
    }

    private func name(_ node: NodeID) -> String {
        configuration.members[node] ?? String(node.number, radix: 16)
    }
}
