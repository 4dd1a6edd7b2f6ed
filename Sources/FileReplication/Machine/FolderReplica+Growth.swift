public import Base

/// A file that is being written on this node, and who follows it.
struct LocalGrowth: Sendable {
    struct Follower: Sendable {
        var next: UInt64
        var limit: UInt64
        var isReading = false
    }

    var dot: Dot
    var size: UInt64
    var followers: [NodeID: Follower] = [:]
}

/// Files that are written while others have them already: recordings.
extension FolderReplica {
    /// How many bytes are read and sent at once at most.
    private static let longestAppend: UInt64 = 256 << 10
    /// How many bytes of a growing file may be on their way.
    private static let growthWindow: UInt64 = 4 << 20

    /// A file is being written here, and has this size now: peers get what is appended.
    ///
    /// When it is closed, ``observed(_:now:)`` says what it is.
    public mutating func grew(
        _ path: TreePath,
        metadata: FileMetadata,
        identity: FileIdentity? = nil,
        now: MonotonicInstant
    ) {
        guard isRootThere, metadata.kind == .file, configuration.sends, !path.isRoot,
            configuration.includes(path, isDirectory: false), !isBusy(path)
        else { return }
        if let growth = growths[path], index[path].held?.dot == growth.dot {
            growths[path]?.size = max(growth.size, metadata.size)
        } else {
            // It is looked at when it is closed.
            guard mayChange(path) else { return }
            let dot = nextDot()
            var version = FileVersion(dot: dot, metadata: metadata, owner: index[path].record.owner ?? own)
            version.growth = FileVersion.Growth(beginning: dot, base: 0)
            update(path, isTold: true, now: now) { entry in
                entry.record.change(to: version, replacing: entry.seen)
                (entry.held, entry.identity) = (version, identity)
            }
            growths[path] = LocalGrowth(dot: dot, size: metadata.size)
        }
        sendGrowth(path)
        proceed(now: now)
    }

    /// A file was closed that grew here; what it is now.
    public mutating func closed(_ path: TreePath, what: FileObservation, now: MonotonicInstant) {
        growths[path] = nil
        observed([(path, what)], now: now)
    }

    /// The files that grow on nodes which are not connected, and of which something came.
    public var abandonedGrowths: [TreePath] {
        index.paths.filter { path in
            guard let winner = index[path].record.winner, winner.isGrowing, let growth = winner.growth else {
                return false
            }
            return winner.dot.node != own && peers[winner.dot.node] == nil && stagedGrowth[growth.beginning] != nil
        }
    }

    /// A file that grew on a node that is gone goes on here: what came of it is put in place.
    ///
    /// False when nothing came.
    public mutating func continueGrowing(_ path: TreePath, now: MonotonicInstant) -> Bool {
        let entry = index[path]
        guard let winner = entry.record.winner, let growth = winner.growth, winner.isGrowing,
            let size = stagedGrowth[growth.beginning], growths[path] == nil, configuration.sends
        else { return false }
        if let need = needs.removeValue(forKey: path) { leave(need) }
        var metadata = winner.metadata
        metadata.size = size
        perform(
            .place(.growing(growth.beginning), path, metadata, expecting: Expectation(entry)),
            for: .continuation(path, winner, size: size)
        )
        proceed(now: now)
        return true
    }

    mutating func continued(
        _ path: TreePath,
        from version: FileVersion,
        size: UInt64,
        _ outcome: JobOutcome,
        now: MonotonicInstant
    ) {
        guard case .done(let identity) = outcome, let growth = version.growth else {
            if case .failed(let failure) = outcome { tell(.failed(path, failure)) }
            return enqueue(path)
        }
        stagedGrowth[growth.beginning] = nil
        var continuation = version
        continuation.dot = nextDot()
        continuation.owner = own
        continuation.metadata.size = size
        continuation.growth?.base = size
        update(path, isTold: true, now: now) { entry in
            entry.record.change(to: continuation, replacing: version.dot)
            (entry.held, entry.identity) = (continuation, identity)
        }
        growths[path] = LocalGrowth(dot: continuation.dot, size: size)
        tell(.continued(path, size: size))
    }

    // MARK: The writer's side

    mutating func followed(_ follow: ReplicaMessage.Follow, by peer: NodeID) {
        guard let growth = growths[follow.path], growth.dot == follow.dot else { return }
        if let follower = growth.followers[peer], follower.next >= follow.offset {
            growths[follow.path]?.followers[peer]?.limit = max(follower.limit, follow.limit)
        } else {
            growths[follow.path]?.followers[peer] = LocalGrowth.Follower(next: follow.offset, limit: follow.limit)
        }
        sendGrowth(follow.path)
    }

    private mutating func sendGrowth(_ path: TreePath) {
        guard let growth = growths[path] else { return }
        for (peer, follower) in growth.followers.sorted(by: { $0.key < $1.key }) where !follower.isReading {
            let end = min(growth.size, follower.limit, follower.next &+ Self.longestAppend)
            guard end > follower.next else { continue }
            growths[path]?.followers[peer]?.isReading = true
            perform(
                .read(path, offset: follower.next, length: Int(end - follower.next), expecting: nil),
                for: .appended(peer, path, growth.dot, offset: follower.next)
            )
        }
    }

    mutating func append(
        _ outcome: JobOutcome,
        at offset: UInt64,
        of path: TreePath,
        _ dot: Dot,
        to peer: NodeID
    ) {
        guard growths[path]?.dot == dot, growths[path]?.followers[peer]?.next == offset else { return }
        growths[path]?.followers[peer]?.isReading = false
        guard case .bytes(let bytes) = outcome, !bytes.isEmpty else { return }
        growths[path]?.followers[peer]?.next = offset + UInt64(bytes.count)
        actions.append(
            .send(
                peer,
                .growth(ReplicaMessage.Appended(path: path, dot: dot, offset: offset, bytes: bytes))
            )
        )
        sendGrowth(path)
    }

    // MARK: The followers' side

    /// Follows a growing file: whoever writes it is asked for what has not come yet.
    mutating func follow(_ path: TreePath, _ version: FileVersion, now: MonotonicInstant) {
        guard let growth = version.growth else { return wait(path, now: now) }
        let received = stagedGrowth[growth.beginning] ?? 0
        // Another node goes on with less than came from the one before.
        if version.dot != growth.beginning, received > growth.base {
            stagedGrowth[growth.beginning] = growth.base
            return perform(.truncate(growth.beginning, size: growth.base), .truncate, for: path)
        }
        guard peers[version.dot.node] != nil else { return wait(path, now: now) }
        let limit = received &+ Self.growthWindow
        needs[path]?.source = version.dot.node
        if let need = needs[path] { leave(need) }
        needs[path]?.stage = .following
        needs[path]?.received = received
        needs[path]?.limit = limit
        let follow = ReplicaMessage.Follow(path: path, dot: version.dot, offset: received, limit: limit)
        actions.append(.send(version.dot.node, .follow(follow)))
    }

    mutating func learn(_ appended: ReplicaMessage.Appended, from peer: NodeID, now: MonotonicInstant) {
        guard let need = needs[appended.path], need.stage == .following, need.source == peer,
            need.version.dot == appended.dot, let growth = need.version.growth
        else { return }
        guard appended.offset == need.received, UInt64(appended.bytes.count) <= need.limit - need.received else {
            return tell(.misbehaved(peer, .wrongAnswer))
        }
        let end = need.received + UInt64(appended.bytes.count)
        needs[appended.path]?.received = end
        let job = ReplicaJob.write(.growing(growth.beginning), offset: appended.offset, appended.bytes, nil)
        perform(job, for: .received(appended.path, appended.dot, end: end))
    }

    mutating func growthWritten(
        _ path: TreePath,
        _ dot: Dot,
        end: UInt64,
        _ outcome: JobOutcome,
        now: MonotonicInstant
    ) {
        guard let need = needs[path], need.version.dot == dot, need.stage == .following, let source = need.source else {
            return
        }
        guard case .done = outcome, let beginning = need.version.growth?.beginning else {
            reenter(path)
            return wait(path, now: now)
        }
        stagedGrowth[beginning] = max(stagedGrowth[beginning] ?? 0, end)
        guard need.limit - end < Self.growthWindow / 2 else { return }
        needs[path]?.limit = end + Self.growthWindow
        let follow = ReplicaMessage.Follow(
            path: path,
            dot: dot,
            offset: need.received,
            limit: end + Self.growthWindow
        )
        actions.append(.send(source, .follow(follow)))
    }

    mutating func dropGrowth(_ beginning: Dot) {
        guard stagedGrowth.removeValue(forKey: beginning) != nil else { return }
        perform(.drop(.growing(beginning)), for: .nothing)
    }
}
