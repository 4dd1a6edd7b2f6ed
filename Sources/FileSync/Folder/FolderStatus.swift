public import FileReplication
public import FileTrees

/// How things are with a folder.
public struct FolderStatus: Sendable {
    /// Why nothing is done.
    public enum Obstacle: Hashable, Sendable {
        /// Somebody said so.
        case halted
        /// The root is not there, or is not the folder.
        case rootVanished
        /// The disk is full, or takes no changes.
        case disk(JobFailure)
        /// The index cannot be written.
        case index
    }

    /// How things are with one peer.
    public struct Peer: Sendable {
        /// Whether there is a link.
        public var isConnected = false
        /// Whether both have the same records, as far as is known.
        public var isInSync = false
        /// Bytes of contents that came from it and that went there.
        public var received: UInt64 = 0
        /// Likewise.
        public var sent: UInt64 = 0
    }

    /// The folder's name.
    public var name: String
    /// Where it is.
    public var root: String
    /// Why nothing is done; `nil` when things go on.
    public var obstacle: Obstacle?
    /// Whether the folder is being looked at as a whole.
    public var isScanning = false
    /// How it is watched; `nil` when it is not.
    public var watching: TreeWatch.Means?
    /// Files, links and directories that everybody has or is to have.
    public var files = 0
    /// Of these, what is here.
    public var held = 0
    /// Bytes of the files that are here.
    public var heldBytes: UInt64 = 0
    /// Paths that are not what they should be.
    public var unsettled = 0
    /// Bytes of the files among them.
    public var unsettledBytes: UInt64 = 0
    /// Contents that come and go, in bytes a second, over the last seconds.
    public var receiveRate = 0.0
    /// Likewise.
    public var sendRate = 0.0
    /// How long it will take until everything is as it should be, in seconds; `nil` when that cannot be said.
    public var secondsLeft: Double?
    /// Versions that did not prevail, since the start.
    public var conflicts = 0
    /// Deletions that wait until somebody decides.
    public var deletionsWaiting = 0
    /// Files that nodes have changed whose files they are not, and that are not what their owners made of them there.
    public var refused = 0
    /// Names that differ in the case of letters only, as far as they are told.
    public var caseCollisions: [TreePath] = []
    /// What could not be looked at in the last scan, as far as it is told.
    public var faults: [TreePath] = []
    /// The peers, also those that are not connected.
    public var peers: [NodeID: Peer] = [:]

    /// Nothing is known yet.
    public init(name: String, root: String) {
        self.name = name
        self.root = root
    }
}

/// What a look at the bytes of all files found.
public struct VerifyReport: Sendable {
    /// How many files were read.
    public var files = 0
    /// How many bytes were read.
    public var bytes: UInt64 = 0
    /// Files whose bytes are others than when they came, though nobody seems to have written to them.
    public var damaged: [TreePath] = []
    /// Paths that are not what the index says, and were looked at again.
    public var changed: [TreePath] = []
    /// How many are of either kind; there are at most ``mostNamed`` in the lists.
    public var damagedCount = 0
    /// Likewise.
    public var changedCount = 0

    /// The most paths that are named of each kind.
    public static let mostNamed = 1000

    /// Nothing was read yet.
    public init() {}
}
