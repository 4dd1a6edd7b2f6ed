import Base

/// What a node does that has lost what it knew: it hears what others know before it says what it has, so that a file which was
/// deleted everywhere does not come back, and one that is the same everywhere is nobody's change.
extension FolderReplica {
    /// What was known was lost: until the end of the next scan peers are listened to, and nothing is fetched.
    ///
    /// The scan should come when peers have told what they know. After a restart the recovery goes on with another call.
    public mutating func beginRecovery() {
        isRecovering = true
    }

    /// Whether all that a connected peer knows was heard.
    public func hasLearned(from peer: NodeID) -> Bool {
        guard let state = peers[peer], let root = state.lastRoot else { return false }
        return root == index.digest || (state.toldUs == nil && !state.isComparing)
    }

    /// What is there is what everybody deleted: this node has only forgotten that it should.
    ///
    /// False when it is something else.
    mutating func adoptDeleted(
        _ version: FileVersion,
        _ what: FileObservation,
        at path: TreePath,
        now: MonotonicInstant
    ) -> Bool {
        let entry = index[path]
        guard entry.held == nil, var deleted = entry.record.winner, deleted.isDeleted else { return false }
        deleted.isDeleted = false
        guard deleted.hasSameContent(as: version) else { return false }
        deleted.metadata = version.metadata
        update(path, isTold: false, now: now) { ($0.held, $0.identity) = (deleted, what.identity) }
        enqueue(path)
        return true
    }
}
