import Base

/// How what is here becomes what should be.
extension FolderReplica {
    /// How long a failure is waited out at first; each further one takes twice as long, up to ``longestWait``.
    static let shortestWait = Duration.milliseconds(200)
    private static let longestWait = Duration.seconds(30)

    /// Something may be to do for a path.
    mutating func enqueue(_ path: TreePath) {
        let entry = index[path]
        if let need = needs[path] {
            // What is being worked at is of no use any more.
            if need.stage != .working, entry.isSettled || need.version.dot != entry.record.target?.dot { end(path) }
            return
        }
        guard configuration.receives, let winner = entry.record.target, !entry.isSettled else { return }
        if winner.isDeleted {
            pendingRemovals.append(path)
        } else if winner.metadata.kind == .directory, expectant[path] != nil {
            expected.append(path)
        } else {
            switch Need.Bulk(winner.metadata.size) {
            case .small: pending.append(path)
            case .medium: pendingMedium.append(path)
            case .large: pendingLarge.append(path)
            }
        }
    }

    /// Begins with what waits, as far as not too much is being done: what is to be made before what is to be removed, which may be
    /// the same under another name.
    mutating func activate(now: MonotonicInstant) {
        // While it is not known what is there, what is wanted could meet it: the look at it would come after the recovery.
        guard isRootThere, !isRecovering, pausedUntil == nil else { return }
        let (first, ready) = (expected, roused)
        (expected, roused) = ([], [])
        // At once: there may be more files in them than may wait, and they would be before them.
        for path in first where needs[path] == nil { begin(path, now: now) }
        for path in ready { retry(path, now: now) }
        while hasRoom(for: .small), let path = pending.popFirst() ?? pendingRemovals.popFirst() {
            begin(path, now: now)
        }
        while hasRoom(for: .medium), let path = pendingMedium.popFirst() { begin(path, now: now) }
        while hasRoom(for: .large), let path = pendingLarge.popFirst() { begin(path, now: now) }
    }

    private func hasRoom(for bulk: Need.Bulk) -> Bool {
        active[bulk.rawValue] < bulk.most && needs.count < Self.maximumNeeds
    }

    /// Counts a need that is worked on.
    private mutating func enter(_ need: Need) {
        active[need.bulk.rawValue] += 1
    }

    /// Does not count a need any more that was worked on.
    mutating func leave(_ need: Need) {
        guard need.stage != .waiting, need.stage != .following else { return }
        active[need.bulk.rawValue] -= 1
    }

    /// A need that waited, or followed, is worked on again.
    mutating func reenter(_ path: TreePath) {
        guard let need = needs[path], need.stage == .waiting || need.stage == .following else { return }
        needs[path]?.stage = .working
        enter(need)
    }

    private mutating func begin(_ path: TreePath, now: MonotonicInstant) {
        let entry = index[path]
        guard needs[path] == nil, growths[path] == nil, !entry.isSettled, let winner = entry.record.target,
            configuration.includes(path, isDirectory: winner.metadata.kind == .directory)
        else { return }
        needs[path] = Need(winner)
        enter(Need(winner))
        advance(path, now: now)
    }

    /// The need is over, whether it was satisfied or not; there may be another one.
    mutating func end(_ path: TreePath) {
        guard let need = needs.removeValue(forKey: path) else { return }
        leave(need)
        if let hash = need.version.hash, fetched[hash] == path { fetched[hash] = nil }
        if let files = expectant.removeValue(forKey: path) { roused += files.sorted() }
        let entry = index[path]
        // What was fetched of a version that nobody wants any more.
        if let hash = need.version.hash, need.listed > 0, entry.record.target?.dot != need.version.dot,
            fetched[hash] == nil
        {
            perform(.drop(.content(hash)), for: .nothing)
        }
        if entry.isSettled {
            if let source = hints.removeValue(forKey: path)?.source, promised[source] == path { promised[source] = nil }
        } else {
            enqueue(path)
        }
        if entry.record.isTombstone, entry.held == nil { forgettable.append(path) }
    }

    /// Stops working on a need for a while.
    mutating func wait(_ path: TreePath, for duration: Duration? = nil, now: MonotonicInstant) {
        guard var need = needs[path] else { return }
        leave(need)
        need.stage = .waiting
        need.attempt += 1
        if let hash = need.version.hash, fetched[hash] == path { fetched[hash] = nil }
        needs[path] = need
        var wait = duration ?? Self.shortestWait
        if duration == nil {
            for _ in 1..<min(need.attempt + 1, 9) { wait = min(wait * 2, Self.longestWait) }
        }
        timers.set(.retry(path), at: now + wait)
    }

    mutating func retry(_ path: TreePath, now: MonotonicInstant) {
        guard needs[path]?.stage == .waiting else { return }
        guard isRootThere, pausedUntil == nil else { return wait(path, for: configuration.pause, now: now) }
        // Others have waited longer.
        if needs.count >= Self.maximumNeeds { return end(path) }
        reenter(path)
        advance(path, now: now)
    }

    /// What waits for a peer may have one now.
    mutating func retryWaiting(now: MonotonicInstant) {
        for path in needs.keys.sorted() where needs[path]?.stage == .waiting {
            needs[path]?.tried = []
            retry(path, now: now)
        }
    }

    mutating func perform(_ job: ReplicaJob, _ step: NeedStep, for path: TreePath) {
        guard let need = needs[path] else { return }
        needs[path]?.stage = .working
        perform(job, for: .need(path, need.version.dot, step))
    }

    /// The next step for a path, from what is known and what is there now.
    mutating func advance(_ path: TreePath, now: MonotonicInstant) {
        let entry = index[path]
        guard let need = needs[path], let winner = entry.record.target, winner.dot == need.version.dot,
            !entry.isSettled, growths[path] == nil
        else { return end(path) }
        guard !leaving.contains(path) else { return wait(path, for: Self.shortestWait, now: now) }
        if entry.isHeldAlone, let held = entry.held { return preserve(held, at: path, entry, now: now) }
        if winner.isDeleted { return remove(path, entry, now: now) }
        guard parentIsThere(path, now: now) else { return }
        if let held = entry.held, held.metadata.kind != winner.metadata.kind,
            held.metadata.kind == .directory || winner.metadata.kind == .directory
        {
            return perform(.remove(path, expecting: Expectation(entry)), .clear, for: path)
        }
        if let held = entry.held, held.hasSameContent(as: winner), !held.isGrowing {
            guard held.metadata != winner.metadata else { return settle(path, with: entry.identity, now: now) }
            // Whoever takes it, by another name too, takes it as it is.
            guard sources[path] == nil else { return wait(path, for: Self.shortestWait, now: now) }
            return perform(.setMetadata(path, winner.metadata, expecting: Expectation(entry)), .finish, for: path)
        }
        switch winner.metadata.kind {
        case .directory:
            perform(.makeDirectory(path, winner.metadata, expecting: Expectation(entry)), .finish, for: path)
        case .symbolicLink:
            perform(.makeLink(path, winner.metadata, expecting: Expectation(entry)), .finish, for: path)
        case .file: obtain(path, winner, entry, now: now)
        }
    }

    /// What is here becomes what should be here.
    private mutating func settle(_ path: TreePath, with identity: FileIdentity?, now: MonotonicInstant) {
        guard let version = needs[path]?.version else { return }
        let isMade = index[path].held == nil
        update(path, isTold: false, now: now) { ($0.held, $0.identity) = (version, identity) }
        if let beginning = hints[path]?.growth { dropGrowth(beginning) }
        tell(.finished(path, version.metadata))
        end(path)
        guard version.metadata.kind == .directory else { return }
        for (name, entry) in index.entries(of: path) {
            guard let below = try? path.appending(name) else { continue }
            if !entry.isSettled { retry(below, now: now) }
            // What is known to be in it went with the one that was there before, and nobody told.
            if isMade, entry.held != nil { inspect(below) }
        }
    }

    // MARK: What did not prevail

    private mutating func preserve(
        _ held: FileVersion,
        at path: TreePath,
        _ entry: IndexEntry,
        now: MonotonicInstant
    ) {
        let isBeside = configuration.conflicts == .beside && configuration.sends
        let copy =
            isBeside
            ? ConflictName.path(for: held, at: path, nodeName: configuration.members[held.dot.node]) : nil
        if let copy {
            let (kept, winner) = (index[copy].held, index[copy].record.winner)
            // Somebody has seen the copy, and does not want it.
            let isDeleted = winner?.isDeleted == true && winner?.hash == held.hash
            if isDeleted || kept?.hasSameContent(as: held) == true {
                return preserved(held, at: path, as: nil, now: now)
            }
        }
        perform(.preserve(path, as: copy, expecting: Expectation(entry)), .preserve(held, as: copy), for: path)
    }

    /// The content is under another name too: peers hear of that first.
    private mutating func preserved(
        _ held: FileVersion,
        at path: TreePath,
        as copy: TreePath?,
        now: MonotonicInstant
    ) {
        if let copy, held.isGrowing {
            // It does not grow there: it is a file like any other, once it was looked at.
            inspect(copy)
        } else if let copy {
            var version = held
            version.dot = nextDot()
            (version.owner, version.link) = (own, nil)
            // A second name of a file is the same file, until one of them is replaced.
            let identity = index[path].identity
            update(copy, isTold: true, now: now) { entry in
                if let winner = entry.record.winner, winner.hasSameContent(as: held) {
                    version = winner
                    version.metadata = held.metadata
                } else {
                    entry.record.change(to: version, replacing: nil)
                }
                (entry.held, entry.identity) = (version, identity)
            }
            enqueue(copy)
        }
        // It may prevail by now, after all.
        if index[path].isHeldAlone {
            let change = nextDot()
            update(path, isTold: true, now: now) { $0.record.settle(held.dot, by: change) }
        }
        advance(path, now: now)
    }

    // MARK: Removal

    private mutating func remove(_ path: TreePath, _ entry: IndexEntry, now: MonotonicInstant) {
        if sources[path] != nil || isPromised(path) { return wait(path, for: Self.shortestWait, now: now) }
        if entry.held?.metadata.kind == .directory, index.hasLiveEntries(beneath: path) {
            return block(path, now: now)
        }
        guard remoteGuard.admit(1, of: index.heldCount, now: now) else {
            if heldBack.insert(path).inserted { tell(.guardTripped(isLocal: false, count: heldBack.count)) }
            return drop(path)
        }
        perform(.remove(path, expecting: Expectation(entry)), .finish, for: path)
    }

    /// Whether another path waits to take what is at this one.
    private func isPromised(_ path: TreePath) -> Bool {
        guard let target = promised[path],
            needs[target] != nil || pending.contains(target) || pendingMedium.contains(target)
                || pendingLarge.contains(target),
            hints[target]?.source == path, let hash = index[path].held?.hash
        else { return false }
        return index[target].record.winner?.hash == hash
    }

    /// Ends a need that somebody has to decide about.
    private mutating func drop(_ path: TreePath) {
        if let need = needs.removeValue(forKey: path) { leave(need) }
    }

    // MARK: Directories

    /// Whether there is a directory for the path; if not, its own need is seen to first.
    private mutating func parentIsThere(_ path: TreePath, now: MonotonicInstant) -> Bool {
        guard let parent = path.parent, !parent.isRoot else { return true }
        let entry = index[parent]
        let winner = entry.record.winner
        if entry.held?.metadata.kind == .directory {
            // It may be about to be removed, which it must not be for long.
            if winner == nil || winner?.metadata.kind == .directory && winner?.isDeleted == false { return true }
        } else if let winner = entry.record.winner, !winner.isDeleted, winner.metadata.kind == .directory {
            wait(path, for: Self.shortestWait, now: now)
            expectant[parent, default: []].insert(path)
            if needs[parent] == nil { begin(parent, now: now) }
            return false
        }
        expectant[parent, default: []].insert(path)
        block(parent, blocked: path, now: now)
        return false
    }

    private mutating func block(_ directory: TreePath, now: MonotonicInstant) {
        block(directory, blocked: directory, now: now)
    }

    /// A directory was removed, or never heard of, and there are files in it: when that does not change it is made again.
    private mutating func block(_ directory: TreePath, blocked path: TreePath, now: MonotonicInstant) {
        guard let since = needs[path]?.blockedSince else {
            needs[path]?.blockedSince = now
            return wait(path, for: configuration.grace, now: now)
        }
        guard now >= since + configuration.grace, configuration.sends else {
            return wait(path, for: Self.shortestWait, now: now)
        }
        needs[path]?.blockedSince = nil
        let entry = index[directory]
        var metadata = FileMetadata(kind: .directory, mode: 0o755)
        if let last = entry.held?.metadata ?? entry.record.winner?.metadata, last.kind == .directory { metadata = last }
        let version = FileVersion(dot: nextDot(), metadata: metadata, owner: own)
        update(directory, isTold: true, now: now) { $0.record.change(to: version, replacing: nil) }
        enqueue(directory)
        wait(path, for: Self.shortestWait, now: now)
    }

    // MARK: Outcomes

    mutating func needAdvanced(
        _ path: TreePath,
        _ dot: Dot,
        _ step: NeedStep,
        _ outcome: JobOutcome,
        now: MonotonicInstant
    ) {
        if case .finishFrom(let source) = step {
            leaving.remove(source)
            lookAtDeferred(source)
            release(source)
        }
        if case .copy(let source) = step { release(source) }
        lookAtDeferred(path)
        if case .failed(let failure) = outcome { return needFailed(path, dot, step, failure, now: now) }
        guard needs[path]?.version.dot == dot else { return }
        // Somebody here has begun to write it meanwhile.
        guard growths[path] == nil else { return end(path) }
        switch (step, outcome) {
        case (.preserve(let held, let copy), .done):
            tell(.conflict(path, keptAs: copy))
            preserved(held, at: path, as: copy, now: now)
        case (.clear, .done):
            update(path, isTold: false, now: now) { ($0.held, $0.identity) = (nil, nil) }
            advance(path, now: now)
        case (.finish, .done(let identity)), (.copy, .done(let identity)):
            finish(path, identity, now: now)
        case (.finishFrom(let source), .done(let identity)):
            update(source, isTold: false, now: now) { ($0.held, $0.identity) = (nil, nil) }
            finish(path, identity, now: now)
        case (.fill, .missing(let numbers)): filled(path, numbers, now: now)
        case (.promote, .done):
            if let beginning = hints[path]?.growth { stagedGrowth[beginning] = nil }
            needs[path]?.complete()
            advance(path, now: now)
        case (.truncate, .done): advance(path, now: now)
        case (.begin, .done):
            guard let size = index[path].held?.metadata.size else { return wait(path, now: now) }
            begun(path, with: size, now: now)
        case (.beginEmpty, .done): begun(path, with: 0, now: now)
        default: wait(path, now: now)
        }
    }

    private mutating func finish(_ path: TreePath, _ identity: FileIdentity?, now: MonotonicInstant) {
        guard let version = needs[path]?.version else { return }
        guard version.isDeleted else { return settle(path, with: identity, now: now) }
        update(path, isTold: false, now: now) { ($0.held, $0.identity) = (nil, nil) }
        tell(.removed(path))
        end(path)
    }

    private mutating func release(_ source: TreePath) {
        guard let count = sources[source] else { return }
        sources[source] = count > 1 ? count - 1 : nil
    }

    private mutating func needFailed(
        _ path: TreePath,
        _ dot: Dot,
        _ step: NeedStep,
        _ failure: JobFailure,
        now: MonotonicInstant
    ) {
        guard needs[path]?.version.dot == dot else { return }
        switch step {
        case .copy(let source), .finishFrom(let source):
            // The file that was to be taken may not be what it was; the content can be fetched.
            inspect(source)
            hints[path]?.source = nil
            if failure == .corrupt || failure == .missing { return advance(path, now: now) }
        case .promote: return advance(path, now: now)
        case .beginEmpty where failure == .changed: return advance(path, now: now)
        case .begin:
            hints[path]?.source = nil
            inspect(path)
            if failure == .changed || failure == .missing { return advance(path, now: now) }
        case .truncate:
            if let beginning = needs[path]?.version.growth?.beginning { dropGrowth(beginning) }
            return advance(path, now: now)
        case .preserve(_, let copy): if let copy { inspect(copy) }
        default: break
        }
        switch failure {
        case .noSpace, .readOnly:
            if pausedUntil == nil {
                pausedUntil = now + configuration.pause
                timers.set(.resume, at: now + configuration.pause)
                tell(.paused(failure))
            }
            return wait(path, for: configuration.pause, now: now)
        case .notEmpty:
            inspectBelow(path)
            return wait(path, now: now)
        case .corrupt:
            if needs[path]?.isBegun == true, hints[path]?.source == path {
                // It was not what was here with something after it.
                hints[path]?.source = nil
            } else if let source = needs[path]?.source {
                tell(.misbehaved(source, .corruptData))
                needs[path]?.tried.insert(source)
            }
            // Of a large file only what is wrong is fetched again, unless that was of no use.
            if let need = needs[path], let hash = need.version.hash, need.isSmall || need.isMended {
                perform(.drop(.content(hash)), for: .nothing)
            }
            needs[path]?.isMended = true
            needs[path]?.startAgain()
        case .noParent: if let parent = path.parent { inspect(parent) }
        case .changed: inspect(path)
        case .missing:
            needs[path]?.startAgain()
            inspect(path)
        case .other: tell(.failed(path, failure))
        }
        wait(path, now: now)
    }

    /// Something is in a directory that should be empty.
    private mutating func inspectBelow(_ directory: TreePath) {
        for path in heldPaths(beneath: directory) { inspect(path) }
    }

    mutating func resume(now: MonotonicInstant) {
        guard let until = pausedUntil, now >= until else { return }
        pausedUntil = nil
        tell(.resumed)
        retryWaiting(now: now)
    }
}
