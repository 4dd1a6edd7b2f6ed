import Base

/// A node that is connected.
struct ReplicaPeer: Sendable {
    /// A question that was sent and not answered, when two trees are compared.
    enum Comparison: Hashable, Sendable {
        case list(TreePath, after: [UInt8])
        case bucket(ReplicaMessage.BucketPlace)
    }

    /// A piece that was asked for.
    struct Asked: Sendable {
        var path: TreePath
        var dot: Dot
        var piece: Need.Piece
    }

    /// The most questions of a comparison that are answered at once.
    static let maximumCompared = 16
    /// The most questions of a comparison that wait.
    static let maximumToCompare = 100_000
    /// The most pieces that are asked for at once, and that a peer may ask for.
    static let maximumAsked = 1024

    /// The digest that it told last, and the one that it was told last.
    var toldUs: EntryDigest?
    var wasTold: ReplicaMessage.DigestReport?
    var nextTold = MonotonicInstant.zero
    /// The digest that it told last, whatever became of it.
    var lastRoot: EntryDigest?
    /// When it was told last, and when the comparison with it began last.
    var lastTold = MonotonicInstant.zero
    var lastCompared = MonotonicInstant.zero
    /// Timers that are set.
    var isTellSet = false
    var isCompareSet = false

    var toCompare: [Comparison] = []
    var compared: Set<Comparison> = []
    var isComparing: Bool { !toCompare.isEmpty || !compared.isEmpty }

    /// Pieces that were asked for, and how many bytes they are, with those that are being written.
    var asked: [UInt64: Asked] = [:]
    var askedBytes = 0
    /// Files of which pieces are to be asked for.
    var small = PathQueue()
    var large = PathQueue()
    var smallBytes: UInt64 = 0
    var largeBytes: UInt64 = 0

    /// How many of its questions are being answered.
    var served = 0
    var answers: [ReplicaMessage.ContentPiece] = []
    var answerBytes = 0
}

/// Paths that wait for their turn, each once.
struct PathQueue: Sendable {
    private var paths: [TreePath] = []
    private var head = 0
    private var members: Set<TreePath> = []

    var isEmpty: Bool { members.isEmpty }
    var count: Int { members.count }

    func contains(_ path: TreePath) -> Bool { members.contains(path) }

    /// False when it waits already.
    @discardableResult
    mutating func append(_ path: TreePath) -> Bool {
        guard members.insert(path).inserted else { return false }
        paths.append(path)
        return true
    }

    mutating func popFirst() -> TreePath? {
        guard head < paths.count else { return nil }
        let path = paths[head]
        head += 1
        if head >= 64, head * 2 >= paths.count {
            paths.removeFirst(head)
            head = 0
        }
        members.remove(path)
        return path
    }
}
