/// A number that a store has, and that is told when it is done.
public struct StoreID: Hashable, Sendable {
    /// The number; a process does not use one twice.
    public let number: UInt64
}

/// What a ``FolderReplica`` wants done.
public enum ReplicaAction: Sendable {
    /// Send this to a peer, in the order in which such actions come.
    case send(NodeID, ReplicaMessage)
    /// Keep these entries (`nil`: forget them) and the state, all or nothing, then call ``FolderReplica/stored(_:now:)``. What
    /// depends on it waits.
    case store(StoreID, [(path: TreePath, entry: [UInt8]?)], state: [UInt8])
    /// Do this, then call ``FolderReplica/finished(_:_:now:)``.
    case perform(JobID, ReplicaJob)
    /// Tell whoever wants to know.
    case tell(ReplicaEvent)
}

/// What people, or other parts of the program, want to know of a folder.
public enum ReplicaEvent: Hashable, Sendable {
    /// What is at a path is the newest version.
    case finished(TreePath, FileMetadata)
    /// What was at a path was removed, because it was elsewhere.
    case removed(TreePath)
    /// Two versions did not know of each other; where the one is that did not prevail (`nil`: in the versions folder).
    case conflict(TreePath, keptAs: TreePath?)
    /// So many deletions wait until somebody decides.
    case guardTripped(isLocal: Bool, count: Int)
    /// The folder's root is not there; nothing is done.
    case rootVanished
    /// It is there again.
    case rootReturned
    /// A path could not be brought up to date; it is tried again.
    case failed(TreePath, JobFailure)
    /// Nothing is written for a while.
    case paused(JobFailure)
    /// Writing goes on.
    case resumed
    /// A peer said something that it may not say.
    case misbehaved(NodeID, Misbehaviour)
    /// A peer and this node have the same records.
    case inSync(NodeID)
    /// A change was made here that is not this node's to make.
    case localChangeIgnored(TreePath)
    /// A node has changed a file that is another one's: the owner's version stays.
    case changeRefused(TreePath, by: NodeID)
    /// A file that grew elsewhere is here, and grows on.
    case continued(TreePath, size: UInt64)

    /// What a peer did.
    public enum Misbehaviour: Hashable, Sendable {
        /// Asked for more than it may.
        case tooManyQuestions
        /// Knows of more files, or of more nodes, than there may be.
        case tooManyFiles
        /// Sent bytes that are not what they should be.
        case corruptData
        /// Sent an answer that cannot be one.
        case wrongAnswer
    }
}
