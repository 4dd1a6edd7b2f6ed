import Base
import FileReplication
import FileTrees
import Synchronization

/// What peers and people want of a folder.
extension FolderWork {
    // MARK: Peers

    func connect(_ peer: NodeID, _ link: any FolderLink) {
        links[peer] = link
        forgetReads(of: peer)
        if !isHalted { replica.connected(peer, now: .now) }
    }

    func disconnect(_ peer: NodeID, _ link: any FolderLink) {
        guard let known = links[peer], known === link else { return }
        links[peer] = nil
        replica.disconnected(peer, now: .now)
        forgetReads(of: peer)
    }

    /// Who asked is not there any more.
    private func forgetReads(of peer: NodeID) {
        for item in reads.removeValue(forKey: peer)?.waiting ?? [] { finished(item.id, .failed(.other)) }
    }

    func receive(
        _ message: ReplicaMessage,
        from peer: NodeID,
        _ link: any FolderLink,
        _ receiver: CheckedContinuation<Void, Never>?
    ) {
        inbox.unread.subtract(1, ordering: .relaxed)
        if let receiver { receivers.append(receiver) }
        guard !isHalted, !isStopping, links[peer] === link else { return }
        let now = MonotonicInstant.now
        tally.count(message, from: peer, now: now)
        replica.received(message, from: peer, now: now)
    }

    // MARK: People

    /// Goes on with a file that grew elsewhere; who asks is told when it is in place.
    func continueGrowing(_ path: TreePath, _ continuation: CheckedContinuation<Bool, Never>) {
        guard isTaken, replica.continueGrowing(path, now: .now) else { return continuation.resume(returning: false) }
        continuations[path, default: []].append(continuation)
    }

    /// Tells those who wait for what has happened.
    func answer(_ event: ReplicaEvent) {
        let (path, isDone): (TreePath, Bool)
        switch event {
        case .continued(let continued, _):
            (path, isDone) = (continued, true)
            // If nobody goes on with it, it is taken for finished.
            growing[continued] = .now
        case .failed(let failed, _): (path, isDone) = (failed, false)
        default: return
        }
        for waiter in continuations.removeValue(forKey: path) ?? [] { waiter.resume(returning: isDone) }
    }

    func halt(_ isHalted: Bool) {
        guard self.isHalted != isHalted else { return }
        self.isHalted = isHalted
        if isHalted {
            for peer in links.keys { replica.disconnected(peer, now: .now) }
            links = [:]
        }
        tell(.halted(isHalted))
    }

    func reconfigure(_ settings: FolderSettings) {
        let old = self.settings
        self.settings = settings
        replica.reconfigure(settings.replication, now: .now)
        if let runner { self.runner = JobRunner(runner, settings) }
        fast = ChangeSettling(delays: settings.settling)
        if settings.versions != old.versions { nextVersions = .zero }
        wantScan(.root)
    }

    var status: FolderStatus {
        let now = MonotonicInstant.now
        var status = FolderStatus(name: name, root: root)
        status.obstacle = isHalted ? .halted : tally.obstacle
        status.isScanning = scan != nil || replica.isScanning || learning != nil
        status.watching = watch?.means
        (status.files, status.held) = (replica.index.liveCount, replica.index.heldCount)
        status.heldBytes = replica.index.heldBytes
        (status.unsettled, status.unsettledBytes) = (replica.index.unsettledCount, replica.index.unsettledBytes)
        (status.receiveRate, status.sendRate) = (tally.received.rate(now: now), tally.sent.rate(now: now))
        if status.unsettledBytes == 0 {
            status.secondsLeft = status.unsettled == 0 ? 0 : nil
        } else if status.receiveRate > 0 {
            status.secondsLeft = Double(status.unsettledBytes) / status.receiveRate
        }
        (status.conflicts, status.deletionsWaiting) = (tally.conflicts, replica.waitingDeletionCount)
        status.refused = replica.refusedCount
        (status.caseCollisions, status.faults) = (tally.collisions, tally.faults)
        status.peers = tally.peers
        for peer in settings.replication.members.keys where peer != own {
            status.peers[peer, default: FolderStatus.Peer()].isConnected = links[peer] != nil
            status.peers[peer]?.isInSync = replica.isInSync(with: peer)
        }
        return status
    }

    func explain(_ path: TreePath) -> [String] {
        var lines = replica.explain(path)
        let isDirectory = replica.index[path].held?.metadata.kind == .directory
        if !settings.replication.includes(path, isDirectory: isDirectory) { lines.append("filter: it is left out") }
        if isHalted { lines.append("folder: paused") }
        if runner == nil { lines.append("folder: its root is not there") }
        if case .disk(let failure)? = tally.obstacle { lines.append("folder: nothing is written, \(failure)") }
        return lines
    }

    /// The files among some paths, with what they were when they came.
    func verifiable(_ paths: ArraySlice<TreePath>) -> [(path: TreePath, entry: IndexEntry)] {
        paths.compactMap { path in
            let entry = replica.index[path]
            guard let held = entry.held, held.hash != nil, !held.isGrowing else { return nil }
            return (path, entry)
        }
    }
}
