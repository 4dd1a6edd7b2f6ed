/// What is said of a folder on one node.
public struct FolderConfiguration: Sendable {
    /// Which way changes go.
    public enum Direction: Sendable {
        /// Ours are told, those of others are not carried out.
        case send
        /// Those of others are carried out, ours are not told.
        case receive
        /// Both.
        case both
    }

    /// Who may change a file.
    public enum Ownership: Sendable {
        /// The node that made it, or that continues it.
        case single
        /// Everybody.
        case shared
    }

    /// Where the version goes that does not prevail.
    public enum Conflicts: Sendable {
        /// Beside the file, as `name.conflict-NODE-TIME`; it is replicated like any other file.
        case beside
        /// Into the versions folder of the node that has it.
        case versions
    }

    /// All nodes of the folder with their names, this one too.
    ///
    /// Deletions are forgotten when all of them know of them.
    public var members: [NodeID: String]
    /// Which way changes go.
    public var direction = Direction.both
    /// Who may change a file.
    public var ownership = Ownership.shared
    /// Where the version goes that does not prevail.
    public var conflicts = Conflicts.beside
    /// What is replicated.
    public var filter = FilterRules()
    /// When so many deletions are suspicious.
    public var deleteLimits = DeleteGuard.Limits()
    /// How many paths are known at most, those of deleted files included; peers' files beyond are not learnt.
    public var maximumFiles = 5_000_000
    /// How many bytes may be known of them: paths may be long, and a file may have many attributes.
    ///
    /// When ``FileIndex/byteCount`` is as much, nothing is learnt of further files, and little more of those that are known.
    public var maximumBytes = 1 << 30
    /// How many bytes may be asked for and not have come, from each peer.
    public var window = 4 << 20
    /// How long nothing changes before peers are told the digest.
    public var quiet = Duration.milliseconds(500)
    /// How often peers are told the digest though nothing has changed.
    public var recheck = Duration.seconds(60)
    /// How long a directory may be missing, or be in the way of its deletion, before it is made again for what is in it.
    public var grace = Duration.seconds(5)
    /// How long writing rests when the disk is full or may not be written to.
    public var pause = Duration.seconds(10)

    /// A folder of these nodes.
    public init(members: [NodeID: String]) {
        self.members = members
    }

    /// The directory at the root in which a node keeps what is its own: what is staged, versions, the marker.
    public static let privateDirectory = Array(".tandem-sync".utf8)

    /// Whether a path is replicated, whoever says so.
    public func includes(_ path: TreePath, isDirectory: Bool) -> Bool {
        let first = path.bytes.prefix { $0 != UInt8(ascii: "/") }
        return !first.elementsEqual(Self.privateDirectory) && filter.includes(path, isDirectory: isDirectory)
    }

    var sends: Bool { direction != .receive }
    var receives: Bool { direction != .send }
}
