import Base
import FileReplication
import FileTrees
import Synchronization

/// What one peer asked to be read, as far as its link is full.
struct ReadQueue {
    var waiting: [(id: JobID, job: ReplicaJob)] = []
    /// How many bytes are being read for it.
    var underWay = 0
}

/// Does what the replica wants.
extension FolderWork {
    /// Does everything that the replica wants by now.
    func carryOut() {
        repeat {
            carryOutSome()
            if let item = writer.failed, let time = writer.retryAt, time <= .now {
                if isRenewing { renewIndex(item, .now) } else { store(item) }
            }
            readMore()
            endScanWaits()
            pool.submit(items)
            items = []
        } while replica.hasActions
        inbox.isFull.store(unwritten >= Self.mostUnwritten, ordering: .relaxed)
        if unwritten < Self.mostUnwritten, !receivers.isEmpty {
            for receiver in receivers { receiver.resume() }
            receivers = []
        }
    }

    private func carryOutSome() {
        let actions = replica.popActions()
        let now = actions.isEmpty ? MonotonicInstant.zero : .now
        for action in actions {
            switch action {
            case .send(let peer, let message):
                guard let link = links[peer], !isHalted else { continue }
                tally.count(message, to: peer, now: now)
                link.send(message)
            case .store(let id, let entries, let state):
                store(IndexWriter.Item(id: id, entries: entries, state: state))
            case .perform(let id, let job): perform(id, job)
            case .tell(let event):
                tally.take(event)
                answer(event)
                tell(.replica(event))
            }
        }
    }

    // MARK: The index

    private func store(_ item: IndexWriter.Item) {
        writer.write(item) { [inbox] result in
            inbox.post { work in work.stored(item, result) }
        }
    }

    private func stored(_ item: IndexWriter.Item, _ result: Result<Void, IndexStore.Failure>) {
        let now = MonotonicInstant.now
        switch result {
        case .success:
            indexIsWritten()
            replica.stored(item.id, now: now)
        case .failure(.damaged):
            renewIndex(item, now)
        case .failure(.other(let text)):
            indexFailed(text, item, now)
        }
    }

    private func indexIsWritten() {
        guard tally.isIndexFailing else { return }
        tally.isIndexFailing = false
        tell(.indexRecovered)
    }

    /// Tells of it once, and tries again.
    private func indexFailed(_ text: String, _ item: IndexWriter.Item, _ now: MonotonicInstant) {
        if !tally.isIndexFailing { tell(.indexFailed(text)) }
        tally.isIndexFailing = true
        writer.retry(item, now: now)
    }

    /// The file is damaged, but all that was in it is here: it is written anew.
    private func renewIndex(_ item: IndexWriter.Item, _ now: MonotonicInstant) {
        writer.store.close()
        let isRepeated = isRenewing
        isRenewing = true
        // What the damaged one says of that nobody knows as long as the root was not there.
        let isUncertain = isRecovering || isIndexLost || runner == nil
        do {
            let store = try index.renew(
                replica.index,
                state: item.state,
                isRecovering: isUncertain,
                isRepeated: isRepeated
            )
            isRenewing = false
            writer.replace(store)
            indexIsWritten()
            if let runner { self.runner = JobRunner(runner, store) }
            tell(.indexDamaged(keptAs: index.damagedPath))
            replica.stored(item.id, now: now)
        } catch {
            indexFailed("\(error)", item, now)
        }
    }

    // MARK: Jobs

    private func perform(_ id: JobID, _ job: ReplicaJob) {
        guard !isStopping else { return }
        guard let runner else { return fail(id) }
        underWay += 1
        if let peer = replica.reader(of: id) {
            reads[peer, default: ReadQueue()].waiting.append((id, job))
            return
        }
        switch job {
        case .place(let file, let path, let metadata, let expected):
            let placement = JobRunner.Placement(file: file, path: path, metadata: metadata, expected: expected)
            guard metadata.size <= Self.longFile else {
                // Its hash may have to be read: others do not wait for that.
                return pool.submit(.staged(StagingTable.token(of: file)), isLong: true) { [inbox] in
                    let outcome = runner.place([placement]).first ?? .failed(.other)
                    inbox.post { work in work.finished(id, outcome) }
                }
            }
            let item = JobPool.Placing(placement: placement, runner: runner) { [inbox] outcome in
                inbox.post { work in work.finished(id, outcome) }
            }
            // Behind what is still being written of it.
            pool.place(item, behind: .staged(StagingTable.token(of: file)))
        case .write(_, _, let bytes, _):
            unwritten += bytes.count
            submit(id, job, runner) { $0.unwritten -= bytes.count }
        default: submit(id, job, runner) { _ in }
        }
    }

    /// Where no more than so many are under way, files wait for the disk one by one.
    ///
    /// Calls end one after the other. What is copied into a folder does not wait: that would take many times as long.
    private static let fewJobs = 16

    /// Files of so many bytes take long to read.
    private static let longFile: UInt64 = 32 << 20

    private func submit(
        _ id: JobID,
        _ job: ReplicaJob,
        _ runner: JobRunner,
        _ then: @escaping @Sendable (FolderWork) -> Void
    ) {
        let (lane, size) = Self.lane(of: job, id)
        let isSecured = underWay <= Self.fewJobs
        let item = JobPool.Item(lane) { [inbox] in
            let outcome = runner.perform(job, isSecured: isSecured)
            inbox.post { work in
                then(work)
                work.finished(id, outcome)
                switch (job, outcome) {
                case (.inspect(let path, _), .observed(let what?)): work.compareNames(path, what)
                case (.inspect(let path, _), .failed(let failure)): work.lookLater(at: path, failure)
                default: break
                }
            }
            if case (.listChunks(let path, let hash, _), .chunks(let chunks, isLast: false)) = (job, outcome),
                let last = chunks.last
            {
                runner.prepareChunks(path, hash, from: last.offset + UInt64(last.length))
            }
        }
        if size > Self.longFile {
            pool.submit(lane, isLong: true, item.work.run)
        } else {
            items.append(item)
        }
    }

    /// In which lane a job is done, and how many bytes it may have to read.
    private static func lane(of job: ReplicaJob, _ id: JobID) -> (JobPool.Lane, UInt64) {
        switch job {
        case .fill(let hash, let size, _, _, _): (.staged(StagingTable.token(of: hash)), size)
        case .begin(let hash, _, .version(let metadata, _)): (.staged(StagingTable.token(of: hash)), metadata.size)
        case .beginEmpty(let hash): (.staged(StagingTable.token(of: hash)), 0)
        case .write(let file, _, _, _), .drop(let file): (.staged(StagingTable.token(of: file)), 0)
        case .promote(let dot, _, let size): (.staged(StagingTable.token(of: dot)), size)
        case .truncate(let dot, _): (.staged(StagingTable.token(of: dot)), 0)
        case .copy(_, let path, let metadata, _, _): (.path(path), metadata.size)
        case .listChunks(let path, _, _): (.path(path), 0)
        case .inspect(let path, let known): (.path(path), known?.size ?? 0)
        case .setMetadata(let path, _, _), .remove(let path, _), .preserve(let path, _, _): (.path(path), 0)
        default: (.alone(id.number), 0)
        }
    }

    func finished(_ id: JobID, _ outcome: JobOutcome) {
        underWay -= 1
        replica.finished(id, outcome, now: .now)
    }

    /// A file has changed under all of its names, and the system has told of one: the others are looked at.
    private func compareNames(_ path: TreePath, _ what: FileObservation) {
        guard let identity = what.identity, let names = runner?.links.names(of: identity), names.count > 1 else {
            return
        }
        guard let held = replica.index[path].held else { return }
        let others = names.filter { name in
            guard name != path, let other = replica.index[name].held else { return false }
            return other.hash != held.hash || other.metadata != held.metadata
        }
        if !others.isEmpty { replica.touched(others, now: .now) }
    }

    /// A job cannot be done now.
    private func fail(_ id: JobID) {
        inbox.post { work in work.replica.finished(id, .failed(.other), now: .now) }
    }

    // MARK: Contents for peers

    /// Reads what peers asked for, as far as their links take it.
    private func readMore() {
        for (peer, queue) in reads where !queue.waiting.isEmpty {
            guard let runner, let link = links[peer], !isHalted else {
                reads[peer] = nil
                for item in queue.waiting { finished(item.id, .failed(.other)) }
                continue
            }
            var room = SyncFolder.fullLink - link.queuedBytes - queue.underWay
            while room > 0, let item = reads[peer]?.waiting.first {
                reads[peer]?.waiting.removeFirst()
                let bytes = Self.length(of: item.job)
                room -= bytes
                reads[peer]?.underWay += bytes
                submit(item.id, item.job, runner) { $0.reads[peer]?.underWay -= bytes }
            }
        }
    }

    private static func length(of job: ReplicaJob) -> Int {
        switch job {
        case .read(_, _, let length, _): length
        // What the list of chunks takes.
        default: 64 << 10
        }
    }
}
