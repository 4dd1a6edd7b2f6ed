import Base
import FileReplication
import FileTrees

/// What people do with the folder's files.
extension FolderWork {
    /// A file that was changed so long ago would have another time after a further change.
    private static let settledTime: Int64 = 1_000_000_000

    /// Takes what the system says.
    func hearChanges() {
        let now = MonotonicInstant.now
        guard let watch, now >= nextHearing else { return }
        do {
            let changes = try watch.changes()
            guard isTaken else { return }
            if !changes.isEmpty { nextHearing = now + Self.hearingPause }
            for change in changes { take(change, now) }
            if !watch.isComplete, nextIncompleteScan == .distantFuture {
                nextIncompleteScan = now + Self.incompleteScanInterval
                tell(.watchIncomplete)
            }
        } catch {
            // What was missed is found by a scan, once there is another watch.
            self.watch = nil
            openRoot()
        }
    }

    /// Takes what may have to settle.
    func take(_ change: TreeChange, _ now: MonotonicInstant) {
        guard isTaken else { return }
        for told in fast.take(change, at: now) {
            _ = slow.take(told, at: now)
            handle(told)
        }
    }

    func settleChanges(_ now: MonotonicInstant) {
        for change in fast.settle(at: now) { handle(change) }
        for change in slow.settle(at: now) { replica.touched([change.path], now: now) }
    }

    private func handle(_ change: TreeChange) {
        switch change {
        case .closed(let path): if !isOurs(path) { closed(path) }
        case .removed(let path): removed(path)
        case .changed(let path): if !isOurs(path) { look(at: path) }
        case .moved(let from, let to): moved(from, to: to)
        case .rescan(let directory): wantScan(directory)
        }
    }

    /// Whether a file is as this program put it there: the system tells of its changes too.
    private func isOurs(_ path: TreePath) -> Bool {
        let entry = replica.index[path]
        guard let hash = entry.held?.hash, let stamp = runner?.folder.stamp(of: path) else { return false }
        return entry.identity == stamp.identity && runner?.summaries.hash(ofMade: stamp) == hash
    }

    /// Somebody who had written to a file closed it.
    func closed(_ path: TreePath) {
        growing[path] = nil
        guard replica.isGrowing(path) else { return replica.touched(unknownDirectories(of: path) + [path], now: .now) }
        inspect(path) { work, what in
            // It was looked at before what happened since.
            guard work.replica.isGrowing(path) else { return work.replica.touched([path], now: .now) }
            if let what {
                work.replica.closed(path, what: what, now: .now)
            } else {
                work.replica.observed([(path, nil)], now: .now)
            }
        }
    }

    /// The directories that a path is in and that are not known yet: the system tells of them later than of a file in them.
    private func unknownDirectories(of path: TreePath) -> [TreePath] {
        path.parent.map { unknownDirectories(in: $0) } ?? []
    }

    /// A directory and those above it, as far as they are not known yet.
    func unknownDirectories(in path: TreePath) -> [TreePath] {
        var unknown: [TreePath] = []
        var above: TreePath? = path
        while let directory = above, !directory.isRoot, replica.index[directory].held == nil {
            unknown.append(directory)
            above = directory.parent
        }
        return unknown.reversed()
    }

    private func removed(_ path: TreePath) {
        if replica.isGrowing(path) { closed(path) } else { replica.touched([path], now: .now) }
    }

    /// Looks at a path on another thread.
    private func inspect(_ path: TreePath, _ then: @escaping @Sendable (FolderWork, FileObservation?) -> Void) {
        guard let runner else { return }
        closing.insert(path)
        pool.submit(.path(path)) { [inbox] in
            let outcome = runner.perform(.inspect(path, nil), isSecured: true)
            inbox.post { work in
                work.closing.remove(path)
                switch outcome {
                case .observed(let what): then(work, what)
                case .failed(let failure): work.lookLater(at: path, failure)
                default: break
                }
            }
        }
    }

    /// Looks again at what could not be looked at, or was written to meanwhile.
    func lookLater(at path: TreePath, _ failure: JobFailure) {
        if failure == .changed, !replica.isGrowing(path) { wait(for: path) } else { growing[path] = .now }
    }

    /// Looks at a file when it has been quiet for a while.
    private func wait(for path: TreePath) {
        for change in slow.take(.changed(path), at: .now) { handle(change) }
    }

    /// A file may be growing, or something else happened to it.
    private func look(at path: TreePath) {
        guard let runner else { return }
        pool.submit(.path(path)) { [inbox] in
            let seen = try? runner.folder.look(path, names: runner.names)
            inbox.post { work in work.saw(seen, at: path) }
        }
    }

    private func saw(_ seen: ScannedFile?, at path: TreePath) {
        guard isTaken else { return }
        let now = MonotonicInstant.now
        let held = replica.index[path].held
        guard let seen, seen.metadata.kind == .file, seen.links == 1 else { return replica.touched([path], now: now) }
        let known = replica.index[path].identity
        if replica.isGrowing(path), let known, known != seen.identity {
            // Another file is there since.
            if !closing.contains(path) { closed(path) }
        } else if replica.isGrowing(path) || held == nil {
            if seen.metadata.size > held?.metadata.size ?? 0 || growing[path] == nil { growing[path] = now }
            replica.touched(unknownDirectories(of: path), now: now)
            replica.grew(path, metadata: seen.metadata, identity: seen.identity, now: now)
            if !replica.isGrowing(path) { growing[path] = nil }
        } else {
            wait(for: path)
        }
    }

    /// Something has another path; its content need not be read if it is known.
    private func moved(_ from: TreePath, to: TreePath) {
        guard let runner else { return }
        if replica.isGrowing(from) || replica.isGrowing(to) { return [from, to].forEach(closed) }
        growing[from] = nil
        let entry = replica.index[from]
        guard let held = entry.held, !held.isGrowing else {
            replica.touched([from, to], now: .now)
            if replica.index[to].held?.metadata.kind != .file { wantScan(to) }
            return
        }
        let identity = entry.identity
        let below = held.metadata.kind == .directory ? replica.held(beneath: from) : [:]
        pool.submit(.path(to)) { [inbox] in
            let what = Self.observation(of: to, held, identity, runner)
            inbox.post { work in
                guard work.isTaken else { return }
                if let what {
                    work.replica.moved(from, to: to, what: what, below: below, now: .now)
                    // There may be another one since.
                    work.replica.touched([from], now: .now)
                    if what.metadata.kind == .directory { [to, from].forEach(work.wantScan) }
                } else {
                    work.replica.touched([from, to], now: .now)
                }
            }
        }
    }

    private static func observation(
        of path: TreePath,
        _ held: FileVersion,
        _ identity: FileIdentity?,
        _ runner: JobRunner
    ) -> FileObservation? {
        guard let seen = try? runner.folder.look(path, names: runner.names) else { return nil }
        let isSame =
            seen.identity == identity && seen.metadata.kind == held.metadata.kind && seen.links == 1
            && seen.metadata.size == held.metadata.size && seen.metadata.modified == held.metadata.modified
            && MachineClock.wall.nanoseconds - held.metadata.modified > settledTime
        if isSame { return FileObservation(metadata: seen.metadata, hash: held.hash, identity: seen.identity) }
        return (try? runner.observation(seen, nil)) ?? nil
    }
}
