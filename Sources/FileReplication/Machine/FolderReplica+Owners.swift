import Base

/// Files that only one node may change: whoever made them, until it removes them.
///
/// Each node keeps to it for what is done on it. A node that does not, because it was told otherwise, is not followed by the
/// others, and the owner puts its own version over the change as soon as it hears of it.
extension FolderReplica {
    /// The most changes that are remembered because they were refused.
    private static let maximumRefusals = 10_000

    /// Whether this node may change what is at a path.
    func mayChange(_ path: TreePath) -> Bool {
        guard configuration.sends else { return false }
        guard configuration.ownership == .single, let owner = index[path].record.owner else { return true }
        return owner == own
    }

    /// The change that news would put in the place of what is known, when it was not its maker's to make.
    ///
    /// What is known here counts: where nothing of the owner's is, there is nothing to keep. What the owner itself tells is as
    /// it wants it.
    func foreignChange(in merged: FileRecord, over old: FileRecord, from peer: NodeID) -> FileVersion? {
        guard configuration.ownership == .single, let winner = merged.winner, winner.owner != winner.dot.node,
            winner.owner != peer, winner.dot != old.winner?.dot, old.standing(of: winner.owner) != nil
        else { return nil }
        return winner
    }

    /// A change is not taken; the owner takes it back for everybody.
    mutating func refuse(_ change: FileVersion, of path: TreePath, _ merged: FileRecord, now: MonotonicInstant) {
        if change.owner == own, reinstate(path, over: merged, now: now) {
            return tell(.changeRefused(path, by: change.dot.node))
        }
        // It is heard of with each comparison until then.
        guard refusals[path] != change.dot else { return }
        guard refusals[path] != nil || refusals.count < Self.maximumRefusals else { return }
        refusals[path] = change.dot
        tell(.changeRefused(path, by: change.dot.node))
    }

    /// Makes this node's version the newest again; false when that has to wait.
    private mutating func reinstate(_ path: TreePath, over merged: FileRecord, now: MonotonicInstant) -> Bool {
        // What is being written is told anew when it is closed.
        guard configuration.sends, growths[path] == nil, let mine = index[path].record.standing(of: own),
            !mine.isGrowing
        else { return false }
        var version = mine
        version.dot = nextDot()
        var record = merged
        record.reinstate(version, replacing: mine.dot)
        refusals[path] = nil
        update(path, isTold: true, now: now) { entry in
            entry.record = record
            if entry.held?.dot == mine.dot { entry.held = record.version(version.dot) ?? entry.held }
        }
        enqueue(path)
        return true
    }
}
