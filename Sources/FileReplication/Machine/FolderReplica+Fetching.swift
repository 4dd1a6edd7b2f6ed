import Base

/// How content comes: from this node if it is here, otherwise from peers, piece by piece.
extension FolderReplica {
    /// A file that is shorter is fetched as a whole when something was added to it.
    private static let shortestBeginning: UInt64 = 4096

    /// Gets the content of a file, and puts it in place.
    mutating func obtain(_ path: TreePath, _ version: FileVersion, _ entry: IndexEntry, now: MonotonicInstant) {
        guard let hash = version.hash else { return follow(path, version, now: now) }
        let expected = Expectation(entry)
        for source in [version.link, hints[path]?.source] {
            guard let source, source != path, index[source].held?.hash == hash else { continue }
            return take(path, version, hash, from: source, expected, now: now)
        }
        if let beginning = hints[path]?.growth, stagedGrowth[beginning] != nil, needs[path]?.isPromoted == false {
            // What was received is the file, or most of it.
            needs[path]?.isPromoted = true
            return perform(.promote(beginning, to: hash, size: version.metadata.size), .promote, for: path)
        }
        // The same content for another path is fetched once.
        if let other = fetched[hash], other != path, needs[other]?.version.hash == hash {
            hints[path, default: Hint()].source = other
            return wait(path, for: .milliseconds(200), now: now)
        }
        fetched[hash] = path
        if version.metadata.size == 0 || isComplete(path) { return place(path, hash, version, expected) }
        if let held = entry.held, canContinue(path, held, to: version) {
            needs[path]?.isBegun = true
            return perform(.begin(hash, with: path, expected), .begin, for: path)
        }
        if isNew(path, entry) {
            needs[path]?.isBegun = true
            return perform(.beginEmpty(hash), .beginEmpty, for: path)
        }
        ask(path, now: now)
    }

    /// Whether the maker said that something was added to what is here; whether that is so, the hash will tell.
    private func canContinue(_ path: TreePath, _ held: FileVersion, to version: FileVersion) -> Bool {
        guard let need = needs[path], !need.isBegun, !need.isPromoted, need.listed == 0 else { return false }
        return hints[path]?.source == path && held.metadata.kind == .file && held.hash != nil
            && held.metadata.size >= Self.shortestBeginning && held.metadata.size < version.metadata.size
    }

    /// Whether nothing here may be a part of the file: then nobody needs to look for chunks of it.
    private func isNew(_ path: TreePath, _ entry: IndexEntry) -> Bool {
        guard let need = needs[path], !need.isSmall, !need.isBegun, !need.isPromoted, !need.isMended,
            need.listed == 0
        else { return false }
        let hint = hints[path]
        return entry.held?.metadata.kind != .file && hint?.source == nil && hint?.growth == nil
    }

    /// The file begins with so many bytes that are here: the rest is asked for.
    mutating func begun(_ path: TreePath, with size: UInt64, now: MonotonicInstant) {
        needs[path]?.listed = size
        needs[path]?.isWanted = true
        advance(path, now: now)
    }

    private func isComplete(_ path: TreePath) -> Bool {
        guard let need = needs[path] else { return false }
        return need.listed >= need.version.metadata.size && need.unwritten == 0 && !need.hasPieces
    }

    private mutating func place(
        _ path: TreePath,
        _ hash: ContentHash,
        _ version: FileVersion,
        _ expected: Expectation
    ) {
        perform(.place(.content(hash), path, version.metadata, expecting: expected), .finish, for: path)
    }

    /// Takes a file that is here under another name: that name, when it is to go.
    private mutating func take(
        _ path: TreePath,
        _ version: FileVersion,
        _ hash: ContentHash,
        from source: TreePath,
        _ expected: Expectation,
        now: MonotonicInstant
    ) {
        let from = index[source]
        // Two names of a file have one time and one mode.
        let isSame = from.held?.metadata == version.metadata
        let isToBe = from.record.winner.map { !$0.isDeleted && $0.metadata == version.metadata } ?? false
        if version.link == source, isToBe && !isSame || needs[source]?.stage == .working {
            return wait(path, for: Self.shortestWait, now: now)
        }
        sources[source, default: 0] += 1
        if version.link == source, isSame {
            let job = ReplicaJob.link(source, Expectation(from), to: path, hash, expecting: expected)
            perform(job, .copy(source), for: path)
        } else if from.record.winner?.isDeleted == true, sources[source] == 1, needs[source]?.stage != .working {
            leaving.insert(source)
            let job = ReplicaJob.move(
                source,
                Expectation(from),
                to: path,
                version.metadata,
                hash,
                expecting: expected
            )
            perform(job, .finishFrom(source), for: path)
        } else {
            perform(.copy(source, to: path, version.metadata, hash, expecting: expected), .copy(source), for: path)
        }
    }

    // MARK: Whom to ask

    private func chooseSource(_ path: TreePath) -> NodeID? {
        guard let need = needs[path] else { return nil }
        let maker = need.version.dot.node
        let candidates = (hints[path]?.holders ?? []) + [maker] + peers.keys.sorted()
        return candidates.first { peers[$0] != nil && !need.tried.contains($0) }
    }

    /// Asks a peer for the content, or for a list of its chunks.
    private mutating func ask(_ path: TreePath, now: MonotonicInstant) {
        guard let need = needs[path], let hash = need.version.hash else { return }
        guard let source = need.source ?? chooseSource(path) else {
            needs[path]?.tried = []
            return wait(path, now: now)
        }
        needs[path]?.source = source
        let size = need.version.metadata.size
        if need.hasPieces || need.unwritten > 0 {
            needs[path]?.stage = .fetching
            queue(path, at: source)
        } else if need.isSmall, !need.isPromoted {
            needs[path]?.pieces = [Need.Piece(offset: 0, length: UInt32(truncatingIfNeeded: size), hash: nil)]
            needs[path]?.unwritten = 1
            needs[path]?.listed = size
            needs[path]?.stage = .fetching
            queue(path, at: source)
        } else {
            let id = number()
            needs[path]?.stage = .asking(id)
            let question = ReplicaMessage.ContentQuestion(
                id: id,
                path: path,
                hash: hash,
                offset: need.listed,
                length: 0
            )
            questions[id] = path
            actions.append(.send(source, .listChunks(question)))
        }
    }

    private mutating func queue(_ path: TreePath, at source: NodeID) {
        guard let need = needs[path], need.hasPieces else { return }
        peers[source]?.enqueue(path, need.bulk)
    }

    /// The peer cannot be had for this; another one may.
    mutating func changeSource(_ path: TreePath, now: MonotonicInstant) {
        guard let need = needs[path], let source = need.source else { return }
        needs[path]?.tried.insert(source)
        needs[path]?.source = nil
        if case .asking(let id) = need.stage { questions[id] = nil }
        switch need.stage {
        case .asking, .fetching: ask(path, now: now)
        case .following:
            reenter(path)
            wait(path, now: now)
        case .working, .waiting: break
        }
    }

    // MARK: Pieces

    /// Asks a peer for pieces as long as its window allows: of small files and of larger ones by turns, so that none waits for
    /// the others, and of each kind one after the other.
    mutating func askForPieces(_ peer: NodeID) {
        // A message for every piece would take more time than the pieces: some room is waited for.
        let (window, share) = (configuration.window, configuration.window / 4)
        guard isRootThere, pausedUntil == nil, let asked = peers[peer]?.askedBytes,
            peers[peer]?.nextLane(window: window, share: share) != nil,
            asked <= window - share || peers[peer]?.hasSmall == true && asked <= window
        else { return }
        // Out of the table meanwhile: what is in it would be copied with each change.
        guard var state = peers.removeValue(forKey: peer) else { return }
        defer { peers[peer] = state }
        var questions: [ReplicaMessage.ContentQuestion] = []
        while state.asked.count < ReplicaPeer.maximumAsked,
            let bulk = state.nextLane(window: window, share: share), let path = state.popPath(of: bulk)
        {
            guard let (dot, hash, piece) = popPiece(of: path, for: peer, atMost: share) else { continue }
            let id = number()
            state.asked[id] = ReplicaPeer.Asked(path: path, dot: dot, piece: piece)
            state.askedBytes += Int(piece.length)
            state.charge(piece.length, to: bulk)
            if needs[path]?.hasPieces == true { state.requeue(path, bulk) }
            questions.append(
                ReplicaMessage.ContentQuestion(
                    id: id,
                    path: path,
                    hash: hash,
                    offset: piece.offset,
                    length: piece.length
                )
            )
            if questions.count == ReplicaMessage.ContentQuestion.maximumCount {
                actions.append(.send(peer, .request(questions)))
                questions = []
            }
        }
        if !questions.isEmpty { actions.append(.send(peer, .request(questions))) }
    }

    /// What is to be asked of a peer next of a file; `nil` when it is not to be asked.
    private mutating func popPiece(
        of path: TreePath,
        for peer: NodeID,
        atMost share: Int
    ) -> (dot: Dot, hash: ContentHash, piece: Need.Piece)? {
        guard needs[path]?.source == peer, needs[path]?.stage == .fetching, let dot = needs[path]?.version.dot,
            let hash = needs[path]?.version.hash,
            let piece = needs[path]?.popPiece(atMost: UInt64(max(0, share)))
        else { return nil }
        return (dot, hash, piece)
    }

    /// A piece will not come: it is to be asked for again.
    mutating func returnPiece(_ asked: ReplicaPeer.Asked) {
        guard let need = needs[asked.path], need.version.dot == asked.dot else { return }
        needs[asked.path]?.pieces.append(asked.piece)
    }

    /// Pieces come: they are written.
    mutating func learn(_ pieces: [ReplicaMessage.ContentPiece], from peer: NodeID, now: MonotonicInstant) {
        for piece in pieces {
            guard let asked = peers[peer]?.asked.removeValue(forKey: piece.id) else {
                tell(.misbehaved(peer, .wrongAnswer))
                continue
            }
            guard let need = needs[asked.path], need.version.dot == asked.dot, let hash = need.version.hash else {
                peers[peer]?.askedBytes -= Int(asked.piece.length)
                continue
            }
            guard piece.bytes.count == Int(asked.piece.length) else {
                peers[peer]?.askedBytes -= Int(asked.piece.length)
                returnPiece(asked)
                changeSource(asked.path, now: now)
                continue
            }
            let job = ReplicaJob.write(.content(hash), offset: asked.piece.offset, piece.bytes, asked.piece.hash)
            perform(job, for: .piece(asked, peer))
        }
    }

    /// A piece was written, or not.
    mutating func written(
        _ asked: ReplicaPeer.Asked,
        from peer: NodeID,
        _ outcome: JobOutcome,
        now: MonotonicInstant
    ) {
        peers[peer]?.askedBytes -= Int(asked.piece.length)
        guard let need = needs[asked.path], need.version.dot == asked.dot else { return }
        if case .failed(let failure) = outcome {
            if failure == .corrupt {
                tell(.misbehaved(peer, .corruptData))
                return askAgain(asked, besides: peer, now: now)
            }
            returnPiece(asked)
            return needAdvanced(asked.path, asked.dot, .finish, outcome, now: now)
        }
        needs[asked.path]?.unwritten -= 1
        guard let rest = needs[asked.path], rest.unwritten == 0, !rest.hasPieces, rest.stage == .fetching else {
            return
        }
        needs[asked.path]?.stage = .working
        advance(asked.path, now: now)
    }

    /// A piece is asked for once more: of another peer, or of the one that the file comes from by now.
    private mutating func askAgain(_ asked: ReplicaPeer.Asked, besides peer: NodeID, now: MonotonicInstant) {
        returnPiece(asked)
        if needs[asked.path]?.source == peer { changeSource(asked.path, now: now) } else { queueAgain(asked.path) }
    }

    mutating func queueAgain(_ path: TreePath) {
        if let source = needs[path]?.source, needs[path]?.stage == .fetching { queue(path, at: source) }
    }

    /// The peer does not have what it was asked for.
    mutating func refused(_ ids: [UInt64], by peer: NodeID, now: MonotonicInstant) {
        for id in ids {
            if let path = questions.removeValue(forKey: id), needs[path]?.stage == .asking(id),
                needs[path]?.source == peer
            {
                changeSource(path, now: now)
            } else if let asked = peers[peer]?.asked.removeValue(forKey: id) {
                peers[peer]?.askedBytes -= Int(asked.piece.length)
                askAgain(asked, besides: peer, now: now)
            }
        }
    }

    // MARK: Chunks

    /// Chunks of a file: those that are here already are not fetched.
    mutating func learn(
        _ chunks: [ContentChunk],
        of id: UInt64,
        isLast: Bool,
        from peer: NodeID,
        now: MonotonicInstant
    ) {
        guard let path = questions.removeValue(forKey: id), let need = needs[path], need.stage == .asking(id),
            need.source == peer, let hash = need.version.hash
        else { return }
        let end = chunks.last?.end ?? need.listed
        let isRight =
            chunks.first?.offset == need.listed && end <= need.version.metadata.size
            && isLast == (end == need.version.metadata.size)
        guard isRight else {
            tell(.misbehaved(peer, .wrongAnswer))
            return changeSource(path, now: now)
        }
        needs[path]?.chunks = chunks
        var sources = [path]
        if let source = hints[path]?.source, source != path { sources.append(source) }
        let size = need.version.metadata.size
        perform(
            .fill(hash, size: size, chunks: chunks, from: sources, growth: hints[path]?.growth),
            .fill,
            for: path
        )
    }

    /// The chunks with these numbers are to be fetched.
    mutating func filled(_ path: TreePath, _ numbers: [Int], now: MonotonicInstant) {
        guard let chunks = needs[path]?.chunks, let end = chunks.last?.end else { return wait(path, now: now) }
        let missing = numbers.filter(chunks.indices.contains).map { chunks[$0] }
        needs[path]?.listed = end
        needs[path]?.chunks = []
        let pieces = Self.pieces(missing, areMerged: needs[path]?.isMended == false)
        needs[path]?.pieces = pieces.reversed()
        needs[path]?.unwritten = pieces.count
        advance(path, now: now)
    }

    /// What is asked for to get chunks: those that follow each other together, since each piece costs a way to the disk and back.
    ///
    /// The hash of the whole file tells whether they are right; only when it does not, each chunk is looked at.
    private static func pieces(_ chunks: [ContentChunk], areMerged: Bool) -> [Need.Piece] {
        var pieces: [Need.Piece] = []
        for chunk in chunks {
            let last = pieces.last
            if areMerged, let last, last.offset + UInt64(last.length) == chunk.offset,
                UInt64(last.length) + UInt64(chunk.length) <= Need.longestPiece
            {
                pieces[pieces.count - 1] = Need.Piece(
                    offset: last.offset,
                    length: last.length + chunk.length,
                    hash: nil
                )
            } else {
                pieces.append(Need.Piece(offset: chunk.offset, length: chunk.length, hash: chunk.hash))
            }
        }
        return pieces
    }
}
