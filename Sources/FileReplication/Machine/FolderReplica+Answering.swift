public import Base

/// What peers say, and what they get for it.
extension FolderReplica {
    /// How many bytes of answers are sent together, about; a piece of half of it goes alone.
    private static let longestAnswer = 256 << 10

    /// A peer said something.
    public mutating func received(_ message: ReplicaMessage, from peer: NodeID, now: MonotonicInstant) {
        guard peers[peer] != nil else { return }
        switch message {
        case .digest(let report): learn(report, from: peer, now: now)
        case .list(let directory, let after): answerList(directory, after: after, to: peer)
        case .listing(let listing): learn(listing, from: peer, now: now)
        case .listBucket(let place): answerBucket(place, to: peer)
        case .records(let news): learn(news, from: peer, now: now)
        case .bucketDone(let place): learnEnd(of: place, from: peer, now: now)
        case .listChunks(let question): answer(question, to: peer, areChunks: true)
        case .chunks(let id, let chunks, let isLast): learn(chunks, of: id, isLast: isLast, from: peer, now: now)
        case .request(let questions): for question in questions { answer(question, to: peer, areChunks: false) }
        case .data(let pieces): learn(pieces, from: peer, now: now)
        case .refused(let ids): refused(ids, by: peer, now: now)
        case .follow(let follow): followed(follow, by: peer)
        case .growth(let appended): learn(appended, from: peer, now: now)
        }
        proceed(now: now)
    }

    /// A job has come to its end.
    public mutating func finished(_ id: JobID, _ outcome: JobOutcome, now: MonotonicInstant) {
        guard let purpose = jobs.removeValue(forKey: id) else { return }
        switch purpose {
        case .inspection(let path): inspectionEnded(path, outcome, now: now)
        case .need(let path, let dot, let step): needAdvanced(path, dot, step, outcome, now: now)
        case .piece(let asked, let peer): written(asked, from: peer, outcome, now: now)
        case .answer(let peer, let question): answer(question, with: outcome, to: peer)
        case .chunkAnswer(let peer, let question): answerChunks(question, with: outcome, to: peer)
        case .appended(let peer, let path, let dot, let offset):
            append(outcome, at: offset, of: path, dot, to: peer)
        case .received(let path, let dot, let end): growthWritten(path, dot, end: end, outcome, now: now)
        case .continuation(let path, let version, let size):
            continued(path, from: version, size: size, outcome, now: now)
        case .nothing: break
        }
        proceed(now: now)
    }

    /// The time has come for something.
    public mutating func tick(now: MonotonicInstant) {
        while let timer = timers.popExpired(now: now) {
            switch timer {
            case .tell(let peer): tellTime(peer, now: now)
            case .recheck(let peer): tellDigest(peer, now: now)
            case .compare(let peer): compareTime(peer, now: now)
            case .retry(let path): retry(path, now: now)
            case .resume: resume(now: now)
            }
        }
        proceed(now: now)
    }

    // MARK: Contents

    private mutating func answer(
        _ question: ReplicaMessage.ContentQuestion,
        to peer: NodeID,
        areChunks: Bool
    ) {
        guard let served = peers[peer]?.served, served < 2 * ReplicaPeer.maximumAsked else {
            return tell(.misbehaved(peer, .tooManyQuestions))
        }
        // Only what the folder holds can be had, under its own path.
        let entry = index[question.path]
        guard isRootThere, let held = entry.held, held.hash == question.hash, question.offset <= held.metadata.size
        else {
            actions.append(.send(peer, .refused([question.id])))
            return
        }
        peers[peer]?.served += 1
        if areChunks {
            perform(
                .listChunks(question.path, question.hash, from: question.offset),
                for: .chunkAnswer(peer, question)
            )
        } else {
            let job = ReplicaJob.read(
                question.path,
                offset: question.offset,
                length: Int(question.length),
                expecting: Expectation(entry)
            )
            perform(job, for: .answer(peer, question))
        }
    }

    private mutating func answer(
        _ question: ReplicaMessage.ContentQuestion,
        with outcome: JobOutcome,
        to peer: NodeID
    ) {
        guard peers[peer] != nil else { return }
        peers[peer]?.served -= 1
        if case .bytes(let bytes) = outcome, bytes.count == Int(question.length) {
            let piece = ReplicaMessage.ContentPiece(id: question.id, bytes: bytes)
            if bytes.count < Self.longestAnswer / 2 {
                peers[peer]?.answers.append(piece)
                peers[peer]?.answerBytes += bytes.count
            } else {
                // Small ones do not wait for it, nor with it.
                sendAnswers(to: peer, areAll: true)
                actions.append(.send(peer, .data([piece])))
            }
        } else {
            inspect(question.path)
            actions.append(.send(peer, .refused([question.id])))
        }
        sendAnswers(to: peer)
    }

    /// Small pieces go together, as long as there are more to come.
    private mutating func sendAnswers(to peer: NodeID, areAll: Bool = false) {
        guard let state = peers[peer], !state.answers.isEmpty else { return }
        let isFull =
            state.answerBytes >= Self.longestAnswer
            || state.answers.count >= ReplicaMessage.ContentQuestion.maximumCount
        guard isFull || areAll || state.served <= 0 else { return }
        actions.append(.send(peer, .data(state.answers)))
        peers[peer]?.answers = []
        peers[peer]?.answerBytes = 0
    }

    private mutating func answerChunks(
        _ question: ReplicaMessage.ContentQuestion,
        with outcome: JobOutcome,
        to peer: NodeID
    ) {
        guard peers[peer] != nil else { return }
        peers[peer]?.served -= 1
        if case .chunks(let chunks, let isLast) = outcome, chunks.count <= ReplicaMessage.maximumChunks {
            actions.append(.send(peer, .chunks(id: question.id, chunks, isLast: isLast)))
        } else {
            inspect(question.path)
            actions.append(.send(peer, .refused([question.id])))
        }
        sendAnswers(to: peer)
    }
}
