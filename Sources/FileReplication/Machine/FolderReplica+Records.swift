import Base

/// What peers know.
extension FolderReplica {
    /// Learns what a peer knows of some paths, and begins to do what follows.
    mutating func learn(_ news: [ReplicaMessage.RecordNews], from peer: NodeID, now: MonotonicInstant) {
        var removed: [TreePath] = []
        var made: [TreePath] = []
        for item in news {
            let entry = index[item.path]
            let isTooMuch = entry.record.isUnknown && isFull
            guard !isTooMuch, entry.record.context.hasRoom(for: item.record.context) else {
                tell(.misbehaved(peer, .tooManyFiles))
                continue
            }
            // Changes of ours that were forgotten here are not made again under the same number.
            remember(item.record.context[own])
            guard let merged = merged(item.record, into: entry.record) else { continue }
            guard hasRoom(for: merged, inPlaceOf: entry.record) else {
                tell(.misbehaved(peer, .tooManyFiles))
                continue
            }
            if let change = foreignChange(in: merged, over: entry.record, from: peer) {
                refuse(change, of: item.path, merged, now: now)
                continue
            }
            if let refused = refusals[item.path], merged.context.contains(refused) { refusals[item.path] = nil }
            let old = entry.record.winner
            update(item.path, isTold: merged != item.record && configuration.sends, now: now) { $0.record = merged }
            guard let winner = merged.target else { continue }
            if winner.isDeleted {
                removed.append(item.path)
                continue
            }
            made.append(item.path)
            if item.isHeld, winner.dot == item.record.winner?.dot,
                hints[item.path]?.holders.contains(peer) != true
            {
                hints[item.path, default: Hint()].holders.append(peer)
            }
            if let source = item.source { hints[item.path, default: Hint()].source = source }
            if let beginning = old?.growth?.beginning, !winner.isGrowing {
                hints[item.path, default: Hint()].growth = beginning
            }
        }
        findSources(of: made, among: removed)
        for path in made {
            if let source = hints[path]?.source, source != path { promised[source] = path }
        }
        for path in made.sorted() { enqueue(path) }
        for path in removed.sorted().reversed() { enqueue(path) }
    }

    /// Whether nothing is learnt of further files.
    private var isFull: Bool {
        index.count >= configuration.maximumFiles || index.byteCount >= configuration.maximumBytes
    }

    /// Whether so much may be known of a path.
    ///
    /// What is known goes on to change when there is no room for more files; but not so that it takes much more.
    private func hasRoom(for record: FileRecord, inPlaceOf old: FileRecord) -> Bool {
        index.byteCount < configuration.maximumBytes / 8 * 9 || record.encoded.count <= old.encoded.count
    }

    /// Our changes are numbered from here on; a peer that knows of an impossible number does not use up all of them.
    mutating func remember(_ ours: UInt64) {
        counter = max(counter, min(ours, Dot.maximumCounter / 2))
    }

    /// What is known when this is learnt too; `nil` when nothing is new.
    private func merged(_ record: FileRecord, into old: FileRecord) -> FileRecord? {
        guard old.isUnknown else {
            var merged = old
            merged.merge(record)
            return merged == old ? nil : merged
        }
        // Of a path of which nothing is known, all was forgotten that was known: it was deleted everywhere.
        guard !known.contains(record.context) else { return nil }
        let new = record.versions.filter { $0.isDeleted || !known.contains($0.dot) }
        return FileRecord(versions: new, context: record.context)
    }

    /// Files that were deleted may be where the others come from.
    private mutating func findSources(of made: [TreePath], among removed: [TreePath]) {
        guard !made.isEmpty, !removed.isEmpty else { return }
        var contents: [ContentHash: TreePath] = [:]
        for path in removed {
            if let hash = index[path].held?.hash { contents[hash] = path }
        }
        for path in made where hints[path]?.source == nil {
            guard let hash = index[path].record.winner?.hash, let source = contents[hash] else { continue }
            hints[path, default: Hint()].source = source
        }
    }

    /// All members know of these deletions: nobody will bring the files back, so nobody has to remember.
    mutating func forgetTombstones(now: MonotonicInstant) {
        var kept = PathQueue()
        while let path = tombstones.popFirst() {
            let record = index[path].record
            guard record.isTombstone, !record.isUnknown else { continue }
            if !forgetTombstone(path, now: now) { kept.append(path) }
        }
        tombstones = kept
    }

    @discardableResult
    mutating func forgetTombstone(_ path: TreePath, now: MonotonicInstant) -> Bool {
        let entry = index[path]
        guard entry.record.isTombstone, !entry.record.isUnknown, entry.held == nil,
            stable.contains(entry.record.context), needs[path] == nil
        else { return false }
        update(path, isTold: false, now: now) { $0 = IndexEntry() }
        return true
    }
}
