/// One version of what is at a path: what a node made of it with one change.
public struct FileVersion: Hashable, Sendable {
    /// A file that is still being written.
    public struct Growth: Hashable, Sendable {
        /// The version with which it began; it names what has been received of the file.
        public var beginning: Dot
        /// From which byte on this version's node writes it; what is before comes from nodes that wrote it before.
        public var base: UInt64

        /// A file that grows.
        public init(beginning: Dot, base: UInt64) {
            self.beginning = beginning
            self.base = base
        }
    }

    /// The change that made it.
    public var dot: Dot
    /// Whether it says that there is nothing; then ``metadata`` is what was there.
    public var isDeleted: Bool
    /// What it is.
    public var metadata: FileMetadata
    /// Its place among versions that do not know of each other.
    ///
    /// It is the time of the change, but later than that of every version that was known where it was made. So clocks that are wrong cannot make a change lose to what it replaced.
    public var precedence: Int64
    /// The hash of the content; `nil` for what is no file, and while it grows.
    public var hash: ContentHash?
    /// Who may write it, where only one node may.
    ///
    /// A change leaves it as it was: so it tells of itself when its maker was not the one.
    public var owner: NodeID
    /// That it is still being written.
    public var growth: Growth?
    /// Another name of the same file (a hard link).
    public var link: TreePath?

    /// A version.
    public init(
        dot: Dot,
        isDeleted: Bool = false,
        metadata: FileMetadata,
        hash: ContentHash? = nil,
        owner: NodeID,
        growth: Growth? = nil,
        link: TreePath? = nil
    ) {
        self.dot = dot
        self.isDeleted = isDeleted
        self.metadata = metadata
        precedence = metadata.modified
        self.hash = hash
        self.owner = owner
        self.growth = growth
        self.link = link
    }

    /// Whether it is a file that is still being written.
    public var isGrowing: Bool { growth != nil && !isDeleted }

    /// Whether the bytes, or what stands for them, are the same.
    public func hasSameContent(as other: Self) -> Bool {
        guard isDeleted == other.isDeleted, metadata.kind == other.metadata.kind else { return false }
        switch metadata.kind {
        case .file: return hash == other.hash && (hash != nil || growth?.beginning == other.growth?.beginning)
        case .directory: return true
        case .symbolicLink: return metadata.target == other.metadata.target
        }
    }

    /// Whether this version is what everybody takes when both were made without knowledge of each other.
    ///
    /// What is there goes before what is not, a directory before what is none (there may be files in it), a file that is being
    /// written before one that is not (its writer must not lose it), then the later change by ``precedence``, then the hash and
    /// the dot: something that all nodes see alike.
    public func prevails(over other: Self) -> Bool {
        if isDeleted != other.isDeleted { return other.isDeleted }
        let (isDirectory, otherIsDirectory) = (metadata.kind == .directory, other.metadata.kind == .directory)
        if isDirectory != otherIsDirectory { return isDirectory }
        if isGrowing != other.isGrowing { return isGrowing }
        if precedence != other.precedence { return precedence > other.precedence }
        if hash != other.hash {
            return (other.hash?.bytes ?? []).lexicographicallyPrecedes(hash?.bytes ?? [])
        }
        return other.dot < dot
    }
}
