import Base
import FileReplication
import FileTrees
import Synchronization

// @unchecked: all of it but the inbox is used on the folder's thread only, from `run()` to its end.
/// A folder at work, on a thread of its own: takes what happens, tells the replica, and has done what it wants.
final class FolderWork: @unchecked Sendable {
    /// How often the root is looked at, and files that have stopped growing without being closed.
    static let checkInterval = Duration.seconds(2)
    /// How long a file that is being written may rest until it is taken for finished.
    static let longestRest = Duration.seconds(15)
    /// How often it is looked for what is staged and not wanted.
    static let sweepInterval = Duration.seconds(1)
    /// With more jobs under way than this, the thread rests between two looks at what became of them: so long for each, and at
    /// most.
    static let busy = 32
    static let busyPause = Duration.microseconds(10)
    static let longestPause = Duration.milliseconds(2)
    /// How long the system's news gather after some were heard.
    static let hearingPause = Duration.milliseconds(2)
    /// How often versions are looked through.
    static let versionsInterval = Duration.seconds(3600)
    /// How often everything is looked at where the system does not tell of all changes.
    static let incompleteScanInterval = Duration.seconds(300)
    /// With so many bytes that are to be written, peers are not listened to.
    static let mostUnwritten = 16 << 20

    let name: String
    let root: String
    let own: NodeID
    let tell: @Sendable (FolderEvent) -> Void
    let inbox: FolderInbox
    let pool: JobPool
    let writer: IndexWriter
    let index: IndexFile

    var settings: FolderSettings
    var replica: FolderReplica
    /// What does jobs; `nil` while the root is not there.
    var runner: JobRunner?
    var watch: TreeWatch?
    /// Files that are written to, and are not new, are looked at less often: each look reads all of them.
    var fast: ChangeSettling
    var slow = ChangeSettling(delays: .init(quiet: .seconds(1), longest: .seconds(10)))

    var links: [NodeID: any FolderLink] = [:]
    var reads: [NodeID: ReadQueue] = [:]
    /// How many jobs are being done.
    var underWay = 0
    /// When the system's news are heard again: many come together.
    var nextHearing = MonotonicInstant.zero
    /// Jobs that are handed to the pool together.
    var items: [JobPool.Item] = []
    var unwritten = 0
    var receivers: [CheckedContinuation<Void, Never>] = []
    var isHalted = false

    /// Files that grow and those that could not be read, and when each did last: they are looked at again after a rest.
    var growing: [TreePath: MonotonicInstant] = [:]
    /// Files that grew and are being looked at because they were closed.
    var closing: Set<TreePath> = []
    /// When the whole folder is scanned again after that could not begin.
    var nextScanTry = MonotonicInstant.zero
    var scan: ScanCourse?
    var wantedScans: [TreePath] = []
    var scanWaiters: [CheckedContinuation<Void, Never>] = []
    /// When hearing what peers know has to end; `nil` when that is not done.
    var learning: (soon: MonotonicInstant, latest: MonotonicInstant)?
    /// Whether it is stored that what was known was lost, and not everything was looked at since.
    var isRecovering = false
    /// Whether the index was damaged, and could not be written anew yet.
    var isRenewing = false
    /// Whether the index was damaged, and whether nothing was ever known of the folder.
    var isIndexLost: Bool
    var mayMake: Bool
    var isOpening = false
    var isChecking = false
    var nextCheck = MonotonicInstant.zero
    /// Whether something may be staged that nobody wants, and when that is looked at.
    var maySweep = true
    var nextSweep = MonotonicInstant.zero
    var nextVersions = MonotonicInstant.zero
    var nextIncompleteScan = MonotonicInstant.distantFuture
    var continuations: [TreePath: [CheckedContinuation<Bool, Never>]] = [:]
    var tally = FolderTally()
    var isStopping = false
    var stopDeadline = MonotonicInstant.distantFuture

    init(
        name: String,
        root: String,
        settings: FolderSettings,
        own: NodeID,
        _ index: IndexFile,
        _ opened: IndexFile.Opened,
        _ inbox: FolderInbox,
        tell: @escaping @Sendable (FolderEvent) -> Void
    ) {
        (self.name, self.root, self.settings, self.own, self.tell) = (name, root, settings, own, tell)
        (self.inbox, self.index, replica) = (inbox, index, opened.replica)
        (isIndexLost, mayMake) = (opened.setAside != nil, opened.isNew && opened.setAside == nil)
        pool = JobPool(threads: settings.parallelJobs)
        writer = IndexWriter(opened.store)
        fast = ChangeSettling(delays: settings.settling)
        if let name = opened.setAside { tell(.indexDamaged(keptAs: name)) }
    }

    /// How long what is known is waited for to be stored at the end.
    private static let longestEnd = Duration.seconds(5)

    /// Nothing more is done, and what is known is stored.
    func stop() {
        isStopping = true
        stopDeadline = .now + Self.longestEnd
        for peer in links.keys { replica.disconnected(peer, now: .now) }
        links = [:]
    }

    /// Works until somebody stops it.
    func run() {
        while !isStopping || (!replica.isStored && .now < stopDeadline) {
            for task in inbox.takeAll() { task(self) }
            if !isStopping {
                hearChanges()
                let now = MonotonicInstant.now
                settleChanges(now)
                if let deadline = replica.nextDeadline, deadline <= now { replica.tick(now: now) }
                if now >= nextCheck { check(now) }
                sweepStaged(now)
                learnMore(now)
            }
            carryOut()
            endRecovery()
            if isStopping, replica.isStored { break }
            // Whoever works on many files wakes this thread for some of them together.
            if underWay > Self.busy { inbox.pause(min(Self.longestPause, Self.busyPause * underWay)) }
            let isHearing = nextHearing <= .now
            inbox.wait(
                for: isHearing && !isStopping ? watch?.descriptor : nil,
                until: isHearing ? nextDeadline : [nextDeadline, nextHearing].compactMap { $0 }.min()
            )
        }
        finish()
    }

    private var nextDeadline: MonotonicInstant? {
        if isStopping { return min(stopDeadline, writer.retryAt ?? stopDeadline) }
        let deadlines = [
            replica.nextDeadline, fast.deadline, slow.deadline, nextCheck, learning?.soon, writer.retryAt,
            isTaken && maySweep && replica.index.unsettledCount == 0 ? nextSweep : nil,
        ]
        return deadlines.compactMap { $0 }.min()
    }

    /// Nobody gets an answer any more who asks for one.
    private func finish() {
        for task in inbox.finish() { task(self) }
        for receiver in receivers + scanWaiters { receiver.resume() }
        (receivers, scanWaiters) = ([], [])
        for waiter in continuations.values.joined() { waiter.resume(returning: false) }
        continuations = [:]
    }

    /// What is to be looked at now and then.
    private func check(_ now: MonotonicInstant) {
        nextCheck = now + Self.checkInterval
        checkRoot()
        for (path, last) in growing where now - last > Self.longestRest { closed(path) }
        if now >= nextIncompleteScan { wantScan(.root) }
        guard now >= nextVersions, let runner else { return }
        nextVersions = now + Self.versionsInterval
        let policy = settings.versions
        pool.submit(isLong: true) {
            VersionsFolder.tidy(runner.folder, policy, at: MachineClock.wall.nanoseconds / 1_000_000)
        }
    }

    /// Whether what the folder's people do is taken.
    var isTaken: Bool { runner != nil && learning == nil && !isStopping }
}
