import Base
public import FileReplication
import FileTrees
import Glibc
import NIOPosix
import Synchronization

/// One folder at work on this node: owns what is known of it, and does with its files what is to be done.
///
/// Everything may be called from anywhere.
public final class SyncFolder: Sendable {
    /// Why a folder cannot begin.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// For people.
        public let description: String
    }

    /// A link with so many bytes that wait is given no more contents until ``drained(_:link:)``.
    public static let fullLink = 4 << 20

    /// The folder's name; all nodes call it by that.
    public let name: String
    /// Where it is.
    public let root: String

    private let own: NodeID
    private let indexDirectory: String
    private let tell: @Sendable (FolderEvent) -> Void
    private let settings: Mutex<FolderSettings>
    private let inbox = FolderInbox()
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let work = Mutex<FolderWork?>(nil)

    /// A folder that does nothing yet.
    ///
    /// - Parameters:
    ///   - indexDirectory: Where its index is kept; it is made if it is missing.
    ///   - tell: Is called on threads of the folder's, and must not wait.
    public init(
        name: String,
        root: String,
        settings: FolderSettings,
        own: NodeID,
        indexDirectory: String,
        tell: @escaping @Sendable (FolderEvent) -> Void
    ) {
        (self.name, self.own, self.indexDirectory, self.tell) = (name, own, indexDirectory, tell)
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
        self.settings = Mutex(settings)
    }

    /// Opens index and folder, and begins to look and to listen.
    ///
    /// A root that is not there is no failure: the folder waits for it.
    public func start() async throws(Failure) {
        thread.start()
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Void, Failure>, Never>) in
            thread.submit { _ in
                do throws(Failure) {
                    let work = try self.begin()
                    self.work.withLock { $0 = work }
                    continuation.resume(returning: .success(()))
                    work.run()
                } catch {
                    _ = self.inbox.finish()
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        try result.get()
    }

    /// Opens what there is, on the folder's thread.
    private func begin() throws(Failure) -> FolderWork {
        let settings = settings.withLock { $0 }
        do {
            try LocalDirectory.make(indexDirectory)
            let index = IndexFile(directory: indexDirectory, folder: name)
            let opened = try index.open { [own] state throws(WireError) in
                try FolderReplica(
                    own: own,
                    configuration: settings.replication,
                    state: state,
                    firstCounter: UInt64(max(0, MachineClock.wall.nanoseconds / 1000))
                )
            }
            let work = FolderWork(
                name: name,
                root: root,
                settings: settings,
                own: own,
                index,
                opened,
                inbox,
                tell: tell
            )
            do {
                try work.begin()
            } catch {
                Task {
                    await work.pool.stop()
                    await work.writer.stop()
                }
                throw error
            }
            return work
        } catch let failure as IndexStore.Failure {
            throw Failure(description: "\(indexDirectory): \(failure)")
        } catch let failure as FileTreeError {
            throw Failure(description: "\(root): \(failure)")
        } catch let failure as LocalDirectory.Failure {
            throw Failure(description: failure.description)
        } catch {
            throw Failure(description: "\(name): \(error)")
        }
    }

    /// Ends everything; what is known is stored.
    ///
    /// The folder cannot start again, but a new one can.
    public func stop() async {
        inbox.post { work in work.stop() }
        try? await thread.shutdownGracefully()
        _ = inbox.finish()
        let work = work.withLock { $0 }
        await work?.pool.stop()
        await work?.writer.stop()
    }

    /// Does things differently from now on.
    public func reconfigure(_ settings: FolderSettings) {
        self.settings.withLock { $0 = settings }
        inbox.post { work in work.reconfigure(settings) }
    }

    // MARK: Peers

    /// A peer that may have this folder, and has it too, is connected; a link from before is forgotten.
    public func connected(_ peer: NodeID, link: any FolderLink) {
        inbox.post { work in work.connect(peer, link) }
    }

    /// A link is gone; one that is not the present one is ignored.
    public func disconnected(_ peer: NodeID, link: any FolderLink) {
        inbox.post { work in work.disconnect(peer, link) }
    }

    /// So many messages are taken before the first of them was looked at.
    private static let mostUnread = 4

    /// A peer said something; returns when it may say more.
    ///
    /// What comes over a link that is not the present one is ignored.
    public func received(_ message: ReplicaMessage, from peer: NodeID, link: any FolderLink) async {
        let count = inbox.unread.add(1, ordering: .relaxed).newValue
        if count <= Self.mostUnread, !inbox.isFull.load(ordering: .relaxed) {
            inbox.post { work in work.receive(message, from: peer, link, nil) }
            return
        }
        await withCheckedContinuation { continuation in
            let isTaken = inbox.post { work in work.receive(message, from: peer, link, continuation) }
            if !isTaken { continuation.resume() }
        }
    }

    /// A link takes more again.
    public func drained(_ peer: NodeID, link: any FolderLink) {
        // Whatever wakes the folder has it look at what its links take.
        inbox.post { _ in }
    }

    // MARK: Writers in this program

    /// Where a file of this machine is in the folder; `nil` when it is elsewhere.
    public func path(of file: String) -> TreePath? {
        guard file.hasPrefix(root + "/"), let path = try? TreePath(String(file.dropFirst(root.count + 1))) else {
            return nil
        }
        return TreeFolder.isReserved(path) ? nil : path
    }

    /// A file is being written, and has become longer.
    public func grew(_ path: TreePath) {
        inbox.post { work in work.take(.changed(path), .now) }
    }

    /// A file was closed that was written.
    public func closed(_ path: TreePath) {
        inbox.post { work in work.take(.closed(path), .now) }
    }

    /// Something happened at these paths.
    public func touched(_ paths: [TreePath]) {
        inbox.post { work in if work.isTaken { work.replica.touched(paths, now: .now) } }
    }

    /// A file that grew on a node that is lost goes on here: what came of it is put in place for a writer.
    ///
    /// False when nothing came of it.
    public func continueGrowing(_ path: TreePath) async -> Bool {
        await withCheckedContinuation { continuation in
            let isTaken = inbox.post { work in work.continueGrowing(path, continuation) }
            if !isTaken { continuation.resume(returning: false) }
        }
    }

    /// The files that grow on nodes which are not connected, and of which something came.
    public func abandonedGrowths() async -> [TreePath] { await ask { $0.replica.abandonedGrowths } ?? [] }

    // MARK: Commands

    private func ask<Value: Sendable>(_ body: @escaping @Sendable (FolderWork) -> Value) async -> Value? {
        await withCheckedContinuation { continuation in
            let isTaken = inbox.post { work in continuation.resume(returning: body(work)) }
            if !isTaken { continuation.resume(returning: nil) }
        }
    }

    /// How things are.
    public func status() async -> FolderStatus {
        await ask { $0.status } ?? FolderStatus(name: name, root: root)
    }

    /// Looks at everything in a directory; returns when that is done.
    public func rescan(below directory: TreePath = .root) async {
        await withCheckedContinuation { continuation in
            let isTaken = inbox.post { work in
                work.scanWaiters.append(continuation)
                work.wantScan(directory)
            }
            if !isTaken { continuation.resume() }
        }
    }

    /// Stops exchanging anything, until ``resume()``.
    ///
    /// ``FolderEvent/halted(_:)`` is told; whoever has the links closes them for this folder then (the peers see a link that
    /// is gone), and opens them again when it is told that things go on. What comes meanwhile is thrown away.
    public func pause() {
        inbox.post { work in work.halt(true) }
    }

    /// Goes on.
    public func resume() {
        inbox.post { work in work.halt(false) }
    }

    /// Why a path is as it is, in lines for people.
    public func explain(_ path: TreePath) async -> [String] { await ask { $0.explain(path) } ?? [] }

    /// Reads all files, and compares them with what they were when they came.
    ///
    /// Files that somebody has written to are looked at again; those that have other bytes though nobody seems to have written
    /// are only told: the copies of other nodes may be right.
    public func verify() async -> VerifyReport {
        var report = VerifyReport()
        let paths = await ask { $0.replica.index.paths } ?? []
        for start in stride(from: 0, to: paths.count, by: Self.verifiedTogether) {
            let some = paths[start..<min(start + Self.verifiedTogether, paths.count)]
            let (items, runner) = await ask { ($0.verifiable(some), $0.runner) } ?? ([], nil)
            guard let runner, let pool = work.withLock({ $0?.pool }) else { break }
            let before = report
            let (after, changed) = await withCheckedContinuation {
                (continuation: CheckedContinuation<(report: VerifyReport, changed: [TreePath]), Never>) in
                pool.submit(isLong: true) {
                    continuation.resume(returning: FileVerification.check(items, runner, before))
                } orElse: {
                    continuation.resume(returning: (before, []))
                }
            }
            report = after
            if !changed.isEmpty { touched(changed) }
        }
        return report
    }

    private static let verifiedTogether = 100

    /// Somebody has decided that deletions which wait are meant, or are not.
    public func decideDeletions(areMeant: Bool) {
        inbox.post { work in work.replica.decideDeletions(areMeant: areMeant, now: .now) }
    }
}
