public import Base

/// One folder on one node: what it knows, what it has, and what it does to have what everybody has.
///
/// A value without files, sockets or clocks. Whoever owns it tells it what happens — changes of files here, messages of
/// peers, outcomes of jobs, the time — and then carries out what ``popActions()`` gives. Nothing that others rely on leaves
/// before it is stored: a node may stop at any instant and go on from what was stored.
public struct FolderReplica: Sendable {
    /// What a job is for.
    enum Purpose: Sendable {
        case inspection(TreePath)
        case need(TreePath, Dot, NeedStep)
        case piece(ReplicaPeer.Asked, NodeID)
        case answer(NodeID, ReplicaMessage.ContentQuestion)
        case chunkAnswer(NodeID, ReplicaMessage.ContentQuestion)
        case appended(NodeID, TreePath, Dot, offset: UInt64)
        case received(TreePath, Dot, end: UInt64)
        case continuation(TreePath, FileVersion, size: UInt64)
        case nothing
    }

    /// What the job of a need does.
    enum NeedStep: Hashable, Sendable {
        case preserve(FileVersion, as: TreePath?)
        case clear
        case finish
        case finishFrom(TreePath)
        case copy(TreePath)
        case fill
        case begin
        case beginEmpty
        case promote
        case truncate
    }

    /// What a look at a path that is under way will be worth; one that is not fresh is followed by another.
    enum Look: Hashable, Sendable {
        /// It says what is there.
        case fresh
        /// It says what was there: something may have happened since.
        case old
        /// It says nothing: something else became known to be there since.
        case outdated
    }

    /// A time at which something is to be done.
    enum Timer: Hashable, Sendable {
        case tell(NodeID)
        case recheck(NodeID)
        case compare(NodeID)
        case retry(TreePath)
        case resume
    }

    /// A path that is to be stored.
    struct Mark: Sendable {
        var isTold = false
        var source: TreePath?
    }

    /// What is known about a path beside records, to save work.
    struct Hint: Sendable {
        var source: TreePath?
        var growth: Dot?
        var holders: [NodeID] = []
    }

    /// How many paths are in one store at most.
    static let maximumStore = 2000
    /// How many needs there are at once, those included that wait; others take their places in turn.
    static let maximumNeeds = 10_000
    /// How many paths are looked at at once.
    static let maximumInspections = 64

    /// This node.
    public let own: NodeID
    /// What is said of the folder.
    public internal(set) var configuration: FolderConfiguration
    /// What is known and what is here.
    public internal(set) var index = FileIndex()
    /// The changes of which this node has the records.
    public internal(set) var known = VersionVector()
    /// The changes of which all members have the records.
    public internal(set) var stable = VersionVector()

    var counter: UInt64 = 0
    var memberKnowledge: [NodeID: VersionVector] = [:]
    var tombstones = PathQueue()
    /// Deletions that may have become known to all just now.
    var forgettable: [TreePath] = []
    var lastChange = MonotonicInstant.zero

    var peers: [NodeID: ReplicaPeer] = [:]
    var hints: [TreePath: Hint] = [:]
    var needs: [TreePath: Need] = [:]
    /// How many needs are worked on, by their bulk.
    var active = [Int](repeating: 0, count: Need.Bulk.allCases.count)
    var pending = PathQueue()
    var pendingMedium = PathQueue()
    var pendingLarge = PathQueue()
    var pendingRemovals = PathQueue()
    /// By directory, what waits until it is there.
    var expectant: [TreePath: Set<TreePath>] = [:]
    /// Directories that something waits for.
    var expected: [TreePath] = []
    /// What waited for directories that were seen to.
    var roused: [TreePath] = []
    /// Contents that are being fetched, and for which path.
    var fetched: [ContentHash: TreePath] = [:]
    /// Questions for chunks, and for which path.
    var questions: [UInt64: TreePath] = [:]
    /// Files that are to go, and what is to be made of them before.
    var promised: [TreePath: TreePath] = [:]
    /// Files that are copied or renamed just now.
    var sources: [TreePath: Int] = [:]
    /// Those among them that are renamed.
    var leaving: Set<TreePath> = []

    var growths: [TreePath: LocalGrowth] = [:]
    var stagedGrowth: [Dot: UInt64] = [:]

    var inspections = PathQueue()
    /// Paths that are being looked at.
    var inspected: [TreePath: Look] = [:]
    /// Paths that were seen while something was being done there.
    var deferred: Set<TreePath> = []
    /// Whether a scan is going on, or what it found is being looked at.
    public internal(set) var isScanning = false
    /// What the scan that ends waits for.
    var scanLooks: ScanLooks?
    var scanMissing: [TreePath: Dot] = [:]
    var suspects: Set<TreePath> = []
    var heldBack: Set<TreePath> = []
    /// Changes of nodes whose files they were not, as far as they were not taken back yet.
    var refusals: [TreePath: Dot] = [:]
    var localGuard: DeleteGuard
    var remoteGuard: DeleteGuard
    var isRootThere = true
    /// Whether what was known was lost, and not everything was looked at since.
    public internal(set) var isRecovering = false
    var pausedUntil: MonotonicInstant?

    var jobs: [JobID: Purpose] = [:]
    var lastNumber: UInt64 = 0
    var marks: [TreePath: Mark] = [:]
    var marked = PathQueue()
    var storing: (id: StoreID, marks: [TreePath: Mark], order: [TreePath])?
    var isStateChanged = false
    var timers = TimerQueue<Timer>()
    var actions: [ReplicaAction] = []

    /// A folder in which nothing is known, or that has this ``ReplicaAction/store(_:_:state:)``d state; then ``load(_:entry:)`` and ``load(growing:size:)`` tell what was stored, and a scan what is
    /// there.
    ///
    /// `firstCounter` is to be larger than the number of every change that this node ever made and that may not be in the state:
    /// the time in microseconds will do. Peers may remember what this node does not.
    public init(
        own: NodeID,
        configuration: FolderConfiguration,
        state: [UInt8]? = nil,
        firstCounter: UInt64 = 0
    ) throws(WireError) {
        self.own = own
        counter = min(firstCounter, Dot.maximumCounter)
        self.configuration = configuration
        localGuard = DeleteGuard(configuration.deleteLimits)
        remoteGuard = DeleteGuard(configuration.deleteLimits)
        guard let state else { return }
        var reader = ByteReader(state)
        // What was stored last may have been lost with the machine; peers may know of it.
        counter = max(counter, try reader.number())
        known = try VersionVector(reading: &reader)
        stable = try VersionVector(reading: &reader)
        try reader.finish()
    }

    /// Takes what was stored of a path.
    public mutating func load(_ path: TreePath, entry: [UInt8]) throws(WireError) {
        let entry = try IndexEntry(decoding: entry)
        index[path] = entry
        if entry.record.isTombstone { tombstones.append(path) }
        for version in entry.record.versions where version.dot.node == own {
            counter = max(counter, version.dot.counter)
        }
        if !entry.isSettled { enqueue(path) }
    }

    /// Takes the size of a growing file that is staged.
    public mutating func load(growing beginning: Dot, size: UInt64) {
        stagedGrowth[beginning] = size
    }

    /// What is to be done; in this order, as far as it is for one peer or is to be stored.
    public mutating func popActions() -> [ReplicaAction] {
        defer { actions = [] }
        return actions
    }

    /// The peer for whom a job reads; `nil` for the others.
    public func reader(of job: JobID) -> NodeID? {
        switch jobs[job] {
        case .answer(let peer, _), .chunkAnswer(let peer, _), .appended(let peer, _, _, _): peer
        default: nil
        }
    }

    /// The peers that are connected.
    public var connectedPeers: [NodeID] { peers.keys.sorted() }

    /// Whether a file is being written here.
    public func isGrowing(_ path: TreePath) -> Bool { growths[path] != nil }

    /// Whether a connected peer had the same records when it was heard of last.
    public func isInSync(with peer: NodeID) -> Bool { peers[peer]?.lastRoot == index.digest }

    /// How many deletions wait until somebody decides.
    public var waitingDeletionCount: Int { suspects.count + heldBack.count }

    /// How many files are at other nodes what their owners did not make of them, as far as it is known.
    public var refusedCount: Int { refusals.count }

    /// Does things differently from now on.
    ///
    /// What a filter let in that was not replicated before has to be scanned.
    public mutating func reconfigure(_ configuration: FolderConfiguration, now: MonotonicInstant) {
        self.configuration = configuration
        if configuration.ownership == .shared { refusals = [:] }
        localGuard.change(configuration.deleteLimits)
        remoteGuard.change(configuration.deleteLimits)
        for path in unsettledPaths { enqueue(path) }
        proceed(now: now)
    }

    /// Whether there is anything to be done.
    public var hasActions: Bool { !actions.isEmpty }

    /// When ``tick(now:)`` has something to do.
    public var nextDeadline: MonotonicInstant? { timers.nextDeadline }

    /// How many paths are not what they should be.
    public var unsettledCount: Int {
        needs.count + pending.count + pendingMedium.count + pendingLarge.count + pendingRemovals.count
    }

    /// Whether there is nothing to do but to wait for changes.
    public var isIdle: Bool {
        needs.allSatisfy { $0.value.stage == .waiting || $0.value.stage == .following } && pending.isEmpty
            && pendingMedium.isEmpty && pendingLarge.isEmpty && pendingRemovals.isEmpty && marks.isEmpty
            && storing == nil && inspected.isEmpty && inspections.isEmpty
    }

    /// Is called behind everything that happens.
    mutating func proceed(now: MonotonicInstant) {
        activate(now: now)
        for path in forgettable { forgetTombstone(path, now: now) }
        forgettable = []
        inspectMore(now: now)
        for peer in peers.keys.sorted() {
            askForPieces(peer)
            compareMore(peer)
        }
        store()
    }

    mutating func number() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    mutating func perform(_ job: ReplicaJob, for purpose: Purpose) {
        let id = JobID(number: number())
        jobs[id] = purpose
        actions.append(.perform(id, job))
    }

    mutating func tell(_ event: ReplicaEvent) {
        actions.append(.tell(event))
    }
}
