import Base
import FileReplication
import FileTrees

/// The root comes and goes: a mount that went must not look like deletions.
extension FolderWork {
    /// How long is waited for peers that may know what was lost: until one has told, and at most when one is connected.
    private static let shortestLearning = Duration.seconds(10)
    private static let longestLearning = Duration.seconds(60)

    /// Begins: with the root, or waiting for it.
    ///
    /// - Throws: `changed` when the root is another folder's.
    func begin() throws {
        do {
            let opened = try FolderRoot.open(root, name: name, create: mayMake, settings.watching)
            try begin(opened)
            wantScan(.root)
        } catch let error as FileTreeError where error.reason != .changed {
            replica.rootVanished()
        }
    }

    /// Begins with a root that was opened.
    private func begin(_ root: FolderRoot) throws {
        let isLost = isIndexLost || (mayMake && root.wasKnown)
        // Until it is stored: what fails below is tried again.
        (isIndexLost, mayMake) = (isLost, false)
        let reports = JobRunner.Reports(
            rootIsGone: { [inbox] in inbox.post { work in work.rootIsGone() } }
        )
        for (beginning, size) in try root.sweep(writer.store, wanted: wantedTokens) {
            replica.load(growing: beginning, size: size)
        }
        runner = JobRunner(root.folder, writer.store, settings, reports)
        watch = root.watch.watch
        if isLost {
            try writer.store.setRecovering(true)
            isIndexLost = false
        }
        // A recovery that a restart interrupted begins anew: who has not heard the others takes old files for changes.
        guard try isLost || isRecovering || writer.store.isRecovering() else { return }
        isRecovering = true
        replica.beginRecovery()
        let now = MonotonicInstant.now
        learning = (now + Self.shortestLearning, now + Self.longestLearning)
    }

    /// When everything is as it should be, nothing that is staged is wanted: what came of versions that were replaced meanwhile.
    func sweepStaged(_ now: MonotonicInstant) {
        guard replica.index.unsettledCount == 0 else {
            maySweep = true
            return
        }
        guard maySweep, now >= nextSweep, isTaken, let runner else { return }
        (maySweep, nextSweep) = (false, now + Self.sweepInterval)
        pool.submit { [inbox] in
            guard let found = try? runner.folder.stagedFiles().map(\.token), !found.isEmpty else { return }
            inbox.post { work in
                // Something may have begun meanwhile.
                guard work.replica.index.unsettledCount == 0 else { return }
                work.pool.submit { for token in found { runner.forget(token) } }
            }
        }
    }

    /// By what the staged files are found that are still wanted.
    private var wantedTokens: Set<UInt64> {
        Set(replica.unsettledPaths.compactMap { replica.index[$0].record.winner?.hash.map(StagingTable.token(of:)) })
    }

    /// Looks whether peers have told what they know, when what was known here was lost.
    func learnMore(_ now: MonotonicInstant) {
        guard let times = learning else { return }
        let connected = replica.connectedPeers
        let others = settings.replication.members.keys.filter { $0 != own }
        let hasLearned = !connected.isEmpty && connected.allSatisfy { replica.hasLearned(from: $0) }
        let areAllThere = others.allSatisfy(connected.contains)
        // As long as nobody is there, nobody can be told either.
        let isOver = now >= times.latest || (hasLearned && (areAllThere || now >= times.soon))
        guard others.isEmpty || (!connected.isEmpty && isOver) else {
            // It is asked again when something comes.
            if now >= times.soon { learning?.soon = max(times.latest, now + Self.shortestLearning) }
            return
        }
        learning = nil
        wantScan(.root)
    }

    /// Whether the root is still there, or is again.
    func checkRoot() {
        guard !isChecking else { return }
        guard let runner, watch != nil else { return openRoot() }
        isChecking = true
        pool.submit { [inbox] in
            let isThere = runner.folder.presence() == .present
            inbox.post { work in
                work.isChecking = false
                if !isThere, work.runner === runner { work.rootIsGone() }
            }
        }
    }

    func rootIsGone() {
        guard runner != nil else { return }
        replica.rootVanished()
        (runner, watch, scan) = (nil, nil, nil)
        (wantedScans, growing, closing) = ([], [:], [])
        fast = ChangeSettling(delays: settings.settling)
    }

    /// Opens the root again, if it is there.
    func openRoot() {
        guard !isOpening else { return }
        isOpening = true
        let (root, name, create, means) = (root, name, mayMake, settings.watching)
        pool.submit { [inbox] in
            let opened = try? FolderRoot.open(root, name: name, create: create, means)
            inbox.post { work in work.opened(opened) }
        }
    }

    private func opened(_ root: FolderRoot?) {
        isOpening = false
        guard let root else { return rootIsGone() }
        scan = nil
        replica.cancelScan()
        do {
            try begin(root)
        } catch {
            return rootIsGone()
        }
        replica.rootReturned(now: .now)
        wantScan(.root)
    }
}
