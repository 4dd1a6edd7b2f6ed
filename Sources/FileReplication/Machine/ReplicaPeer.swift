import Base

/// A node that is connected.
struct ReplicaPeer: Sendable {
    /// A question that was sent and not answered, when two trees are compared.
    enum Comparison: Hashable, Sendable {
        case list(TreePath, after: [UInt8])
        case bucket(ReplicaMessage.BucketPlace)

        /// How many bytes it takes while it waits, about.
        var size: Int {
            switch self {
            case .list(let directory, let after): 64 + directory.bytes.count + after.count
            case .bucket(let place): 64 + place.directory.bytes.count
            }
        }
    }

    /// A piece that was asked for.
    struct Asked: Sendable {
        var path: TreePath
        var dot: Dot
        var piece: Need.Piece
    }

    /// Files of one bulk of which pieces are to be asked for.
    struct PieceLane: Sendable {
        var paths = PathQueue()
        /// How many bytes were asked for, as far as lanes are compared.
        var bytes: UInt64 = 0
    }

    /// The most questions of a comparison that are answered at once.
    static let maximumCompared = 16
    /// The most questions of a comparison that wait, and the most bytes of them; the next comparison asks the others.
    static let maximumToCompare = 100_000
    static let maximumToCompareBytes = 32 << 20
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

    private(set) var toCompare: [Comparison] = []
    private var toCompareBytes = 0
    var compared: Set<Comparison> = []
    var isComparing: Bool { !toCompare.isEmpty || !compared.isEmpty }

    /// Pieces that were asked for, and how many bytes they are, with those that are being written.
    var asked: [UInt64: Asked] = [:]
    var askedBytes = 0
    /// Files of which pieces are to be asked for, by their bulk.
    private(set) var lanes = [PieceLane](repeating: PieceLane(), count: Need.Bulk.allCases.count)

    /// How many of its questions are being answered.
    var served = 0
    var answers: [ReplicaMessage.ContentPiece] = []
    var answerBytes = 0

    // MARK: Comparison

    /// Begins to compare from the root on.
    mutating func beginComparison() {
        toCompare = []
        toCompareBytes = 0
        compareLater(.list(.root, after: []))
    }

    mutating func compareLater(_ question: Comparison) {
        guard toCompare.count < Self.maximumToCompare, toCompareBytes < Self.maximumToCompareBytes else { return }
        toCompare.append(question)
        toCompareBytes += question.size
    }

    /// What is to be asked next; `nil` when nothing is, or enough was asked already.
    mutating func nextComparison() -> Comparison? {
        guard compared.count < Self.maximumCompared, let question = toCompare.popLast() else { return nil }
        toCompareBytes -= question.size
        return question
    }

    // MARK: Lanes

    var hasSmall: Bool { !lanes[Need.Bulk.small.rawValue].paths.isEmpty }

    /// A file waits for its turn to be asked for.
    mutating func enqueue(_ path: TreePath, _ bulk: Need.Bulk) {
        if lanes[bulk.rawValue].paths.isEmpty {
            // Nothing is owed for the time in which there was nothing to ask for.
            lanes[bulk.rawValue].bytes = lanes.lazy.filter { !$0.paths.isEmpty }.map(\.bytes).min() ?? 0
        }
        lanes[bulk.rawValue].paths.append(path)
    }

    /// A file of which a piece was asked for has more.
    mutating func requeue(_ path: TreePath, _ bulk: Need.Bulk) { lanes[bulk.rawValue].paths.append(path) }

    /// So many bytes of a file of this bulk are asked for.
    mutating func charge(_ bytes: UInt32, to bulk: Need.Bulk) { lanes[bulk.rawValue].bytes &+= UInt64(bytes) }

    /// The lane whose turn it is: the one of which least was asked for, as far as the window has room for it; `nil` for none.
    ///
    /// Beyond the window there is room for small files, so that they do not wait until larger ones have come.
    func nextLane(window: Int, share: Int) -> Need.Bulk? {
        guard askedBytes < window else { return hasSmall && askedBytes < window + share ? .small : nil }
        var next: Need.Bulk?
        for bulk in Need.Bulk.allCases where !lanes[bulk.rawValue].paths.isEmpty {
            if let least = next, lanes[least.rawValue].bytes <= lanes[bulk.rawValue].bytes { continue }
            next = bulk
        }
        return next
    }

    mutating func popPath(of bulk: Need.Bulk) -> TreePath? { lanes[bulk.rawValue].paths.popFirst() }
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
