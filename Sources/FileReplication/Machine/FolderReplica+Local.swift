public import Base

/// What is seen of the folder on this node.
extension FolderReplica {
    /// Something may have changed at these paths: they are looked at.
    public mutating func touched(_ paths: [TreePath], now: MonotonicInstant) {
        for path in paths { inspect(path) }
        proceed(now: now)
    }

    /// What is at these paths was looked at, all of it at once as far as deletions belong together.
    public mutating func observed(
        _ observations: [(path: TreePath, what: FileObservation?)],
        now: MonotonicInstant
    ) {
        var missing: [TreePath] = []
        for (path, what) in observations {
            if let what { see(what, at: path, source: nil, now: now) } else { missing.append(path) }
        }
        miss(missing, now: now)
        proceed(now: now)
    }

    /// What this node has beneath a path, and who each is: what moves when it is renamed.
    public func held(beneath path: TreePath) -> [TreePath: FileIdentity?] {
        var found: [TreePath: FileIdentity?] = [:]
        for below in heldPaths(beneath: path) { found.updateValue(index[below].identity, forKey: below) }
        return found
    }

    /// What was at one path is at another now; with everything beneath it, if it is a directory.
    ///
    /// - Parameter below: What was beneath it then (``held(beneath:)``), if somebody may have made another one there since;
    ///   all that is there otherwise.
    public mutating func moved(
        _ from: TreePath,
        to: TreePath,
        what: FileObservation,
        below known: [TreePath: FileIdentity?]? = nil,
        now: MonotonicInstant
    ) {
        guard isRootThere, !from.isRoot, !to.isRoot, from != to else { return }
        see(what, at: to, source: from, now: now)
        var gone: [TreePath] = []
        for path in heldPaths(beneath: from) {
            let isThatOne = known.map { $0[path] == .some(index[path].identity) } ?? true
            if isThatOne { gone.append(path) } else { inspect(path) }
        }
        for path in gone {
            let entry = index[path]
            guard let held = entry.held, let target = Self.moved(path, from: from, to: to) else { continue }
            let below = FileObservation(metadata: held.metadata, hash: held.hash, identity: entry.identity)
            if held.isGrowing { inspect(target) } else { see(below, at: target, source: path, now: now) }
        }
        // Nothing is lost here, however much was moved.
        for path in gone where index[path].held != nil { delete(path, now: now) }
        if let known = index[from].identity, let moved = what.identity, known != moved {
            // Somebody has made another one there since.
            inspect(from)
        } else if index[from].held != nil {
            delete(from, now: now)
        }
        proceed(now: now)
    }

    private static func moved(_ path: TreePath, from: TreePath, to: TreePath) -> TreePath? {
        try? TreePath(to.bytes + path.bytes.dropFirst(from.bytes.count))
    }

    /// A scan begins: deletions that it finds are weighed together at its end.
    public mutating func beginScan() {
        isScanning = true
        scanLooks = nil
        scanMissing = [:]
    }

    /// A scan is over: deletions are believed, unless they are too many.
    public mutating func endScan(now: MonotonicInstant) {
        if isScanning { scanLooks = ScanLooks(queued: inspections.count, begun: inspected) }
        endScanIfDone(now: now)
        proceed(now: now)
    }

    private mutating func endScanIfDone(now: MonotonicInstant) {
        guard let looks = scanLooks, looks.areOver else { return }
        isScanning = false
        scanLooks = nil
        var missing: [TreePath] = []
        for (path, dot) in scanMissing.sorted(by: { $0.key < $1.key }) {
            guard let held = index[path].held else { continue }
            // Another version was put there since; or it was the same, and nothing had to be done for it to count as held.
            if held.dot == dot { missing.append(path) } else { inspect(path) }
        }
        scanMissing = [:]
        miss(missing, now: now)
        isRecovering = false
    }

    /// A scan is given up; another one begins anew.
    public mutating func cancelScan() {
        (isScanning, scanLooks, scanMissing) = (false, nil, [:])
    }

    /// The root is not there any more, or is another one: nothing is believed and nothing done until it is back.
    public mutating func rootVanished() {
        guard isRootThere else { return }
        isRootThere = false
        cancelScan()
        // Whoever wrote files there does so no more; the scan that follows looks at them.
        (inspections, suspects, growths) = (PathQueue(), [], [:])
        for path in inspected.keys { inspected[path] = .outdated }
        tell(.rootVanished)
    }

    /// The root is there again; a scan should follow.
    public mutating func rootReturned(now: MonotonicInstant) {
        guard !isRootThere else { return }
        isRootThere = true
        tell(.rootReturned)
        proceed(now: now)
    }

    /// Somebody has decided that deletions which were held back are meant, or are not.
    public mutating func decideDeletions(areMeant: Bool, now: MonotonicInstant) {
        localGuard.reset(areMeant: areMeant, now: now)
        remoteGuard.reset(areMeant: areMeant, now: now)
        let (local, remote) = (suspects.sorted(), heldBack.sorted())
        (suspects, heldBack) = ([], [])
        for path in local.reversed() {
            if areMeant { delete(path, now: now) } else { forgetHeld(path, now: now) }
        }
        for path in remote {
            if areMeant { enqueue(path) } else { keep(path, now: now) }
        }
        proceed(now: now)
    }

    // MARK: What follows

    mutating func inspect(_ path: TreePath) {
        guard isRootThere, !path.isRoot, growths[path] == nil else { return }
        inspections.append(path)
    }

    mutating func inspectMore(now: MonotonicInstant) {
        while isRootThere, inspected.count < Self.maximumInspections, let path = inspections.popFirst() {
            // What this node puts in place is told by the system too: reading it would be of no use.
            let isBusy = isBusy(path)
            scanLooks?.taken(path, isBusy: isBusy, isBegun: inspected[path] != nil)
            if isBusy { continue }
            if let look = inspected[path] {
                if look == .fresh { inspected[path] = .old }
                continue
            }
            inspected[path] = .fresh
            perform(.inspect(path, KnownContent(index[path].held)), for: .inspection(path))
        }
        endScanIfDone(now: now)
    }

    mutating func inspectionEnded(_ path: TreePath, _ outcome: JobOutcome, now: MonotonicInstant) {
        let look = inspected.removeValue(forKey: path) ?? .fresh
        let isFailed = if case .failed = outcome { true } else { false }
        if case .observed(let what) = outcome, growths[path] == nil, !isStale(look, what, at: path) {
            if let what {
                see(what, at: path, source: nil, now: now)
            } else if isScanning {
                if let held = index[path].held { scanMissing[path] = held.dot }
            } else {
                miss([path], now: now)
            }
        }
        // Whoever owns this looks again by and by at what could not be looked at.
        if look == .outdated || look == .old && !isFailed { inspect(path) }
        scanLooks?.ended(path, isFollowed: inspections.contains(path))
        endScanIfDone(now: now)
        enqueue(path)
    }

    /// Whether what was seen may be of no use: another look follows.
    private func isStale(_ look: Look, _ what: FileObservation?, at path: TreePath) -> Bool {
        guard look == .old, what?.metadata.kind != .directory else { return look == .outdated }
        // What is known beneath it may have come with a directory that was made since.
        return !heldPaths(beneath: path).isEmpty
    }

    /// What of a file's metadata is replicated: times and sizes of directories are not, they change with what is in them.
    static func replicated(_ metadata: FileMetadata) -> FileMetadata {
        guard metadata.kind != .file else { return metadata }
        var replicated = metadata
        replicated.size = 0
        if metadata.kind == .directory { replicated.modified = 0 }
        return replicated
    }

    mutating func nextDot() -> Dot {
        counter += 1
        let dot = Dot(node: own, counter: counter)
        known.insert(dot)
        isStateChanged = true
        return dot
    }

    /// Whether something is being done there just now: what was seen may be from before, and is looked at again behind it.
    mutating func isBusy(_ path: TreePath) -> Bool {
        guard needs[path]?.stage == .working || leaving.contains(path) else { return false }
        deferred.insert(path)
        return true
    }

    /// What was being done there is done: what was seen meanwhile is looked at.
    mutating func lookAtDeferred(_ path: TreePath) {
        if deferred.remove(path) != nil { inspect(path) }
    }

    /// There is something: it may be what was there, what should be there, or a change.
    private mutating func see(_ what: FileObservation, at path: TreePath, source: TreePath?, now: MonotonicInstant) {
        guard isRootThere, !path.isRoot, !isBusy(path) else { return }
        let metadata = Self.replicated(what.metadata)
        guard configuration.includes(path, isDirectory: metadata.kind == .directory) else { return }
        suspects.remove(path)
        scanMissing[path] = nil
        // There is nothing beneath what is no directory.
        if metadata.kind != .directory {
            for below in heldPaths(beneath: path) { delete(below, now: now) }
        }
        let entry = index[path]
        if metadata.kind == .directory, entry.held?.metadata.kind == .directory, let known = entry.identity,
            let seen = what.identity, seen != known
        {
            inspectContent(of: path)
        }
        let version = FileVersion(
            dot: Dot(node: own, counter: 0),
            metadata: metadata,
            hash: what.hash,
            owner: own,
            link: what.link
        )
        if let held = entry.held, held.metadata == metadata, held.hasSameContent(as: version) {
            if entry.identity != what.identity {
                update(path, isTold: false, now: now) { $0.identity = what.identity }
            }
            return
        }
        if let winner = entry.record.winner, winner.metadata == metadata, winner.hasSameContent(as: version) {
            update(path, isTold: false, now: now) { ($0.held, $0.identity) = (winner, what.identity) }
            return
        }
        if isRecovering, adoptDeleted(version, what, at: path, now: now) { return }
        guard mayChange(path) else { return ignoreChange(version, what, at: path, now: now) }
        var change = version
        change.dot = nextDot()
        change.owner = entry.record.owner ?? own
        let same = what.source.flatMap { index[$0].held?.hash == what.hash ? $0 : nil }
        let origin = what.isContinuation ? path : source ?? same
        let isUncertain = isRecovering && entry.held == nil
        update(path, isTold: true, source: origin, now: now) { entry in
            // What was lost may have been older than what peers know; the time has to say.
            if isUncertain { entry.record.add(change) } else { entry.record.change(to: change, replacing: entry.seen) }
            (entry.held, entry.identity) = (change, what.identity)
        }
        enqueue(path)
    }

    /// Another directory has come to a path: what was known to be in the one before may have gone with it.
    private mutating func inspectContent(of directory: TreePath) {
        for (name, entry) in index.entries(of: directory) where entry.held != nil {
            if let path = try? directory.appending(name) { inspect(path) }
        }
    }

    /// Remembers what is there though nobody else will have it, so that it is not overwritten without a copy.
    private mutating func ignoreChange(
        _ version: FileVersion,
        _ what: FileObservation,
        at path: TreePath,
        now: MonotonicInstant
    ) {
        tell(.localChangeIgnored(path))
        var change = version
        change.dot = nextDot()
        update(path, isTold: false, now: now) { ($0.held, $0.identity) = (change, what.identity) }
        enqueue(path)
    }

    /// These are not there any more.
    private mutating func miss(_ paths: [TreePath], now: MonotonicInstant) {
        var missing: [TreePath] = []
        var counted: Set<TreePath> = []
        guard isRootThere else { return }
        for path in paths {
            for below in heldPaths(beneath: path) + [path] where index[below].held != nil {
                if counted.insert(below).inserted { missing.append(below) }
            }
        }
        guard !missing.isEmpty else { return }
        guard localGuard.admit(missing.count, of: index.heldCount, now: now) else {
            suspects.formUnion(missing)
            return tell(.guardTripped(isLocal: true, count: suspects.count))
        }
        for path in missing { delete(path, now: now) }
    }

    /// What this node has beneath a directory, the deepest first.
    func heldPaths(beneath directory: TreePath) -> [TreePath] {
        var paths: [TreePath] = []
        for (name, _) in index.children(of: directory) {
            guard let child = try? directory.appending(name) else { continue }
            paths += heldPaths(beneath: child)
        }
        for (name, entry) in index.entries(of: directory) where entry.held != nil {
            if let path = try? directory.appending(name) { paths.append(path) }
        }
        return paths
    }

    /// What was there is deleted, for everybody.
    mutating func delete(_ path: TreePath, now: MonotonicInstant) {
        let entry = index[path]
        guard !isBusy(path), let held = entry.held else { return }
        growths[path] = nil
        // It was to go anyway, or somebody made something else of it: no change of ours.
        guard mayChange(path), let seen = entry.seen else { return forgetHeld(path, now: now) }
        var tombstone = held
        (tombstone.dot, tombstone.isDeleted, tombstone.growth, tombstone.link) = (nextDot(), true, nil, nil)
        update(path, isTold: true, now: now) { entry in
            entry.record.change(to: tombstone, replacing: seen)
            (entry.held, entry.identity) = (nil, nil)
        }
        enqueue(path)
    }

    /// What was there is not there any more, and should be.
    private mutating func forgetHeld(_ path: TreePath, now: MonotonicInstant) {
        update(path, isTold: false, now: now) { ($0.held, $0.identity) = (nil, nil) }
        enqueue(path)
    }

    /// What others deleted stays, and comes back to them.
    private mutating func keep(_ path: TreePath, now: MonotonicInstant) {
        let entry = index[path]
        guard var version = entry.held, let winner = entry.record.winner, winner.isDeleted else { return enqueue(path) }
        version.dot = nextDot()
        update(path, isTold: true, now: now) { entry in
            entry.record.change(to: version, replacing: winner.dot)
            entry.held = version
        }
    }
}
