/// What is known of a path: the versions that nobody has replaced, and all changes that are known.
///
/// Usually there is one version. There are more after changes that did not know of each other; then one prevails
/// (``winner``), and the others stay in the record until a node that has their content has put it elsewhere
/// (``settle(_:by:)``). A change replaces the version that whoever made it saw, and deletions that were known; no other. So
/// merging is commutative, associative and idempotent (an optimized observed-remove set), in whatever order records arrive.
///
/// Deletions stay in the record beside versions that did not know of them: a version that was put elsewhere because of one
/// that was deleted later must not leave the path with nothing that says so. Should nothing be left all the same (two nodes
/// each put the other's version elsewhere), that is a deletion too.
public struct FileRecord: Hashable, Sendable {
    /// How many versions there are at most.
    public static let maximumVersions = 32

    /// The versions, in the order of dots.
    public private(set) var versions: [FileVersion]
    /// The changes that are known: a version that is in here and not in ``versions`` was replaced.
    public private(set) var context: VersionVector

    /// Nothing is known.
    public init() {
        versions = []
        context = VersionVector()
    }

    /// One version, with all that is known; for what was stored or received.
    init(versions: [FileVersion], context: VersionVector) {
        self.versions = versions
        self.context = context
    }

    /// The version that everybody takes; `nil` when nothing is known.
    public var winner: FileVersion? {
        versions.count < 2
            ? versions.first : versions.dropFirst().reduce(versions[0]) { $1.prevails(over: $0) ? $1 : $0 }
    }

    /// Whose file it is; `nil` when there is none.
    var owner: NodeID? {
        guard let winner, !winner.isDeleted else { return nil }
        return winner.owner
    }

    /// What there is of a node's own; of several versions the one that prevails.
    func standing(of owner: NodeID) -> FileVersion? {
        var best: FileVersion?
        for version in versions where version.owner == owner && !version.isDeleted {
            if let known = best, !version.prevails(over: known) { continue }
            best = version
        }
        return best
    }

    /// Whether nothing is known.
    public var isUnknown: Bool { context.entries.isEmpty }

    /// What should be at the path: ``winner``, or a deletion when nothing was left; `nil` when nothing is known.
    var target: FileVersion? {
        if let winner { return winner }
        guard let last = context.entries.max() else { return nil }
        return FileVersion(dot: last, isDeleted: true, metadata: FileMetadata(kind: .file), owner: last.node)
    }

    /// Whether all that is known is that there is nothing.
    public var isTombstone: Bool { versions.allSatisfy(\.isDeleted) }

    /// The version with this dot, if it is one of those that count.
    public func version(_ dot: Dot) -> FileVersion? {
        versions.first { $0.dot == dot }
    }

    /// Adds a change that replaces what its maker saw.
    public mutating func change(to version: FileVersion, replacing seen: Dot?) {
        var version = version
        for known in versions where known.precedence >= version.precedence {
            version.precedence = known.precedence == .max ? .max : known.precedence + 1
        }
        versions.removeAll { $0.dot == seen || $0.isDeleted }
        insert(version)
        context.insert(version.dot)
        normalize()
    }

    /// Adds a version of which it is not known what it replaced, nor what came after it.
    mutating func add(_ version: FileVersion) {
        insert(version)
        context.insert(version.dot)
        normalize()
    }

    /// Takes a version out whose content is safe elsewhere.
    ///
    /// - Parameter change: The number of this change. Whoever does not know it may still have the version: what is left is not
    ///   forgotten until all know it, deletions among it.
    public mutating func settle(_ dot: Dot, by change: Dot) {
        guard winner?.dot != dot else { return }
        versions.removeAll { $0.dot == dot }
        context.insert(dot)
        context.insert(change)
    }

    /// Puts a version in the place of what others made of the one before it.
    ///
    /// Theirs stay beside it until whoever has them has put them elsewhere, unless they prevail whatever the times are.
    mutating func reinstate(_ version: FileVersion, replacing old: Dot) {
        change(to: version, replacing: old)
        guard let placed = self.version(version.dot) else { return }
        versions.removeAll { $0.prevails(over: placed) }
    }

    /// Learns what another node knows.
    public mutating func merge(_ other: Self) {
        guard self != other else { return }
        let mine = versions.filter { other.version($0.dot) != nil || !other.context.contains($0.dot) }
        let theirs = other.versions.filter { version($0.dot) == nil && !context.contains($0.dot) }
        versions = mine
        for version in theirs { insert(version) }
        context.merge(other.context)
        normalize()
    }

    private mutating func insert(_ version: FileVersion) {
        let place = versions.firstIndex { version.dot < $0.dot } ?? versions.count
        versions.insert(version, at: place)
    }

    /// Leaves out versions that are the same as one that prevails: of content, nothing is lost.
    ///
    /// The dots stay in the context, so that everybody drops them.
    private mutating func normalize() {
        guard versions.count > 1 else { return }
        let all = versions
        versions.removeAll { version in
            all.contains { other in
                other.dot != version.dot && other.isDeleted == version.isDeleted && other.prevails(over: version)
                    && (version.isDeleted || other.hasSameContent(as: version))
            }
        }
        while versions.count > Self.maximumVersions, let winner {
            let least = versions.reduce(winner) { $0.prevails(over: $1) ? $1 : $0 }
            versions.removeAll { $0.dot == least.dot }
        }
    }
}
