public import FileReplication
public import FileTrees

/// What happens in a folder that somebody may want to know.
public enum FolderEvent: Sendable {
    /// What the replica says: files that came, conflicts, deletions that wait, a root that is not there.
    case replica(ReplicaEvent)
    /// The whole folder was looked through.
    case scanned(files: Int)
    /// Something could not be looked at.
    case fault(TreePath, ScanFault)
    /// The system does not tell what happens in all of the folder, and it is looked at from time to time.
    case watchIncomplete
    /// The index could not be read: it was set aside under this name, and is made anew from what is there.
    case indexDamaged(keptAs: String)
    /// The index could not be written; nothing is told to peers until it can be.
    case indexFailed(String)
    /// The index is written again.
    case indexRecovered
    /// Somebody paused the folder, or let it go on.
    case halted(Bool)
}
