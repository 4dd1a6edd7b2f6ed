public import Base

/// How two nodes find out whether they know the same, and what the other knows beyond.
extension FolderReplica {
    /// Entries in a bucket, about.
    private static let bucketSize = 16

    /// A peer is connected: a new connection, whatever was before.
    public mutating func connected(_ peer: NodeID, now: MonotonicInstant) {
        guard peer != own else { return }
        if peers[peer] != nil { disconnected(peer, now: now) }
        peers[peer] = ReplicaPeer()
        tellDigest(peer, now: now)
        retryWaiting(now: now)
        proceed(now: now)
    }

    /// A peer is gone; what it was asked for is asked for elsewhere.
    public mutating func disconnected(_ peer: NodeID, now: MonotonicInstant) {
        guard let gone = peers.removeValue(forKey: peer) else { return }
        for id in gone.asked.keys.sorted() {
            guard let asked = gone.asked[id] else { continue }
            returnPiece(asked)
            // Another peer may be the source by now, and think that it has been asked for everything.
            if needs[asked.path]?.source != peer { queueAgain(asked.path) }
        }
        for path in growths.keys.sorted() { growths[path]?.followers[peer] = nil }
        for path in needs.keys.sorted() where needs[path]?.source == peer { changeSource(path, now: now) }
        proceed(now: now)
    }

    /// Peers hear of the digest when nothing has changed for a while.
    mutating func tellLater(now: MonotonicInstant) {
        for peer in peers.keys.sorted() { tellLater(peer, now: now) }
    }

    private mutating func tellLater(_ peer: NodeID, now: MonotonicInstant) {
        guard peers[peer]?.isTellSet == false else { return }
        peers[peer]?.isTellSet = true
        timers.set(.tell(peer), at: now + configuration.quiet)
    }

    private mutating func compareLater(_ peer: NodeID, now: MonotonicInstant) {
        guard peers[peer]?.isCompareSet == false else { return }
        peers[peer]?.isCompareSet = true
        timers.set(.compare(peer), at: now + configuration.quiet)
    }

    /// Whether nothing has changed for a while, or things have been changing for so long that it cannot be waited for.
    private func isQuiet(since last: MonotonicInstant, now: MonotonicInstant) -> Bool {
        now >= lastChange + configuration.quiet || now >= last + configuration.quiet * 10
    }

    mutating func tellTime(_ peer: NodeID, now: MonotonicInstant) {
        guard let state = peers[peer] else { return }
        peers[peer]?.isTellSet = false
        if isQuiet(since: state.lastTold, now: now) { tellDigest(peer, now: now) } else { tellLater(peer, now: now) }
    }

    mutating func compareTime(_ peer: NodeID, now: MonotonicInstant) {
        peers[peer]?.isCompareSet = false
        compareSoon(peer, now: now)
    }

    /// Tells a peer the digest: at once, or when what it stands for is stored.
    mutating func tellDigest(_ peer: NodeID, now: MonotonicInstant) {
        guard peers[peer] != nil else { return }
        guard isStored else { return tellLater(peer, now: now) }
        let report = ReplicaMessage.DigestReport(root: index.digest, known: known, stable: stable)
        let isNews = peers[peer]?.wasTold != report
        guard isNews || now >= peers[peer]?.nextTold ?? .zero else { return }
        peers[peer]?.wasTold = report
        peers[peer]?.lastTold = now
        peers[peer]?.nextTold = now + configuration.recheck
        timers.set(.recheck(peer), at: now + configuration.recheck)
        actions.append(.send(peer, .digest(report)))
    }

    mutating func learn(_ report: ReplicaMessage.DigestReport, from peer: NodeID, now: MonotonicInstant) {
        peers[peer]?.toldUs = report.root
        peers[peer]?.lastRoot = report.root
        remember(report.known[own])
        guard configuration.members[peer] != nil else { return compareSoon(peer, now: now) }
        memberKnowledge[peer, default: VersionVector()].merge(report.known)
        spreadStability(report.stable, now: now)
        compareSoon(peer, now: now)
        if report.root == index.digest {
            let before = known
            known.merge(report.known)
            if known != before {
                isStateChanged = true
                spreadStability(VersionVector(), now: now)
                tellLater(now: now)
            }
            tell(.inSync(peer))
        }
    }

    /// Learns what all members know.
    private mutating func spreadStability(_ more: VersionVector, now: MonotonicInstant) {
        let before = stable
        stable.merge(more)
        let others = configuration.members.keys.filter { $0 != own }
        stable.merge(VersionVector.common(others.map { memberKnowledge[$0] ?? VersionVector() } + [known]))
        guard stable != before else { return }
        isStateChanged = true
        tellLater(now: now)
        forgetTombstones(now: now)
    }

    /// Compares what differs, unless it is about to become the same.
    mutating func compareSoon(_ peer: NodeID, now: MonotonicInstant) {
        guard let state = peers[peer], let digest = state.toldUs, digest != index.digest, !state.isComparing else {
            return
        }
        guard isQuiet(since: state.lastCompared, now: now) || index.count == 0 else {
            return compareLater(peer, now: now)
        }
        peers[peer]?.lastCompared = now
        peers[peer]?.toldUs = nil
        peers[peer]?.beginComparison()
    }

    mutating func compareMore(_ peer: NodeID) {
        guard isRootThere else { return }
        while let question = peers[peer]?.nextComparison() {
            guard peers[peer]?.compared.insert(question).inserted == true else { continue }
            switch question {
            case .list(let directory, let after): actions.append(.send(peer, .list(directory, after: after)))
            case .bucket(let place): actions.append(.send(peer, .listBucket(place)))
            }
        }
    }

    private mutating func compareLater(_ question: ReplicaPeer.Comparison, with peer: NodeID) {
        peers[peer]?.compareLater(question)
    }

    /// A question of a comparison was answered; when it was the last, the peer hears how things are now.
    private mutating func answered(_ question: ReplicaPeer.Comparison, by peer: NodeID, now: MonotonicInstant) -> Bool {
        guard peers[peer]?.compared.remove(question) != nil else { return false }
        if peers[peer]?.isComparing == false {
            tellLater(peer, now: now)
            compareLater(peer, now: now)
        }
        return true
    }

    // MARK: Questions

    mutating func answerList(_ directory: TreePath, after: [UInt8], to peer: NodeID) {
        var bits = 0
        while bits < ReplicaMessage.DirectoryListing.maximumBits,
            index.entryCount(of: directory) > Self.bucketSize << bits
        {
            bits += 1
        }
        let most = ReplicaMessage.DirectoryListing.maximumChildren
        let rest = index.children(of: directory).filter { after.lexicographicallyPrecedes($0.name) }
        let listing = ReplicaMessage.DirectoryListing(
            directory: directory,
            summary: index.summary(of: directory, bits: bits),
            after: after,
            children: rest.prefix(most).map { ReplicaMessage.DirectoryListing.Child(name: $0.name, digest: $0.digest) },
            isLast: rest.count <= most
        )
        actions.append(.send(peer, .listing(listing)))
    }

    /// Answers with what is stored: the rest is told when it is.
    mutating func answerBucket(_ place: ReplicaMessage.BucketPlace, to peer: NodeID) {
        var news: [ReplicaMessage.RecordNews] = []
        for (name, record) in index.records(of: place.directory, bucket: place.bucket, bits: place.bits) {
            guard let path = try? place.directory.appending(name), isStored(path) else { continue }
            news.append(
                ReplicaMessage.RecordNews(path: path, record: record, isHeld: index[path].isSettled, source: nil)
            )
        }
        announce(news, to: [peer])
        actions.append(.send(peer, .bucketDone(place)))
    }

    // MARK: Answers

    mutating func learn(_ listing: ReplicaMessage.DirectoryListing, from peer: NodeID, now: MonotonicInstant) {
        guard answered(.list(listing.directory, after: listing.after), by: peer, now: now) else {
            return tell(.misbehaved(peer, .wrongAnswer))
        }
        for child in listing.children {
            guard let path = try? listing.directory.appending(child.name) else { continue }
            if index.digest(of: path) != child.digest { compareLater(.list(path, after: []), with: peer) }
        }
        if !listing.isLast, let last = listing.children.last {
            compareLater(.list(listing.directory, after: last.name), with: peer)
        }
        guard listing.after.isEmpty else { return }
        let mine = index.summary(of: listing.directory, bits: listing.summary.bits)
        for (bucket, digests) in zip(mine.buckets, listing.summary.buckets).enumerated()
        where digests.0 != digests.1 && digests.1 != .zero {
            let place = ReplicaMessage.BucketPlace(
                directory: listing.directory,
                bits: listing.summary.bits,
                bucket: bucket
            )
            compareLater(.bucket(place), with: peer)
        }
    }

    mutating func learnEnd(of place: ReplicaMessage.BucketPlace, from peer: NodeID, now: MonotonicInstant) {
        guard answered(.bucket(place), by: peer, now: now) else { return tell(.misbehaved(peer, .wrongAnswer)) }
    }
}
