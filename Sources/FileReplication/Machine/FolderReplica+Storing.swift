public import Base

extension FolderReplica {
    /// Changes what is known of a path or is there, and has it stored; then peers are told if they need to be.
    mutating func update(
        _ path: TreePath,
        isTold: Bool,
        source: TreePath? = nil,
        now: MonotonicInstant,
        _ change: (inout IndexEntry) -> Void
    ) {
        var entry = index[path]
        let before = entry
        change(&entry)
        guard entry != before || isTold else { return }
        index.change(path, from: before, to: entry)
        if !inspected.isEmpty, inspected[path] != nil, entry.held != before.held || entry.identity != before.identity {
            inspected[path] = .outdated
        }
        if entry.record != before.record {
            lastChange = now
            if entry.record.isTombstone, !entry.record.isUnknown { tombstones.append(path) }
            tellLater(now: now)
        }
        if entry.record.isTombstone, entry.held == nil { forgettable.append(path) }
        mark(path, isTold: isTold, source: source)
    }

    mutating func mark(_ path: TreePath, isTold: Bool, source: TreePath? = nil) {
        marked.append(path)
        marks[path, default: Mark()].isTold = isTold || marks[path]?.isTold == true
        if let source { marks[path]?.source = source }
    }

    /// What would be stored beside the entries.
    private var encodedState: [UInt8] {
        var writer = ByteWriter()
        writer.number(counter)
        known.write(to: &writer)
        stable.write(to: &writer)
        return writer.bytes
    }

    /// Stores all changes since the last time together, one store after the other.
    mutating func store() {
        guard storing == nil, !marks.isEmpty || isStateChanged else { return }
        var entries: [(path: TreePath, entry: [UInt8]?)] = []
        var stored: [TreePath: Mark] = [:]
        var order: [TreePath] = []
        while entries.count < Self.maximumStore, let path = marked.popFirst() {
            guard let mark = marks.removeValue(forKey: path) else { continue }
            let entry = index[path]
            entries.append((path, entry.isEmpty ? nil : entry.encoded))
            stored[path] = mark
            order.append(path)
        }
        let id = StoreID(number: number())
        storing = (id, stored, order)
        isStateChanged = false
        actions.append(.store(id, entries, state: encodedState))
    }

    /// A store is done, and what it held will be there after a restart.
    public mutating func stored(_ id: StoreID, now: MonotonicInstant) {
        guard let done = storing, done.id == id else { return }
        storing = nil
        var news: [ReplicaMessage.RecordNews] = []
        for path in done.order {
            guard let mark = done.marks[path], mark.isTold else { continue }
            // Changed again meanwhile: told when that is stored.
            if marks[path] != nil {
                self.mark(path, isTold: true, source: mark.source)
                continue
            }
            let entry = index[path]
            guard !entry.record.isUnknown else { continue }
            news.append(
                ReplicaMessage.RecordNews(
                    path: path,
                    record: entry.record,
                    isHeld: entry.isSettled,
                    source: mark.source
                )
            )
        }
        announce(news, to: peers.keys.sorted())
        proceed(now: now)
    }

    /// Whether everything that is known is stored.
    public var isStored: Bool { marks.isEmpty && storing == nil }

    /// Whether what is known of a path is stored.
    func isStored(_ path: TreePath) -> Bool {
        marks[path] == nil && storing?.marks[path] == nil
    }

    /// Sends records in messages that are not too long.
    mutating func announce(_ news: [ReplicaMessage.RecordNews], to peers: [NodeID]) {
        for batch in Self.batches(news) {
            for peer in peers { actions.append(.send(peer, .records(batch))) }
        }
    }

    /// The longest message of records that is sent, in bytes.
    private static let longestBatch = 1 << 20

    private static func batches(_ news: [ReplicaMessage.RecordNews]) -> [[ReplicaMessage.RecordNews]] {
        var batches: [[ReplicaMessage.RecordNews]] = []
        var batch: [ReplicaMessage.RecordNews] = []
        var size = 0
        for item in news {
            let length = item.path.bytes.count + item.record.encoded.count + (item.source?.bytes.count ?? 0) + 16
            if !batch.isEmpty,
                size + length > longestBatch || batch.count >= ReplicaMessage.RecordNews.maximumCount / 2
            {
                batches.append(batch)
                batch = []
                size = 0
            }
            batch.append(item)
            size += length
        }
        if !batch.isEmpty { batches.append(batch) }
        return batches
    }
}
