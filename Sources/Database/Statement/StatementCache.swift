/// The prepared statements of one connection, by their text: the least recently used one goes when there are too many.
struct StatementCache<Handle> {
    private struct Entry {
        let handle: Handle
        var lastUse: UInt64
    }

    private let limit: Int
    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0

    /// - Parameter limit: How many are kept at most.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether nothing is kept at all.
    var keepsNothing: Bool { limit < 1 }

    var count: Int { entries.count }

    /// The statement with this text, which becomes the most recently used one.
    mutating func find(_ sql: String) -> Handle? {
        uses &+= 1
        entries[sql]?.lastUse = uses
        return entries[sql]?.handle
    }

    /// Keeps a statement.
    ///
    /// - Returns: The one that has to go for it, for the caller to close.
    mutating func insert(_ handle: Handle, for sql: String) -> Handle? {
        guard limit > 0 else { return handle }
        uses &+= 1
        if let old = entries.updateValue(Entry(handle: handle, lastUse: uses), forKey: sql) { return old.handle }
        // There are few enough to be looked through, and only a text that is new leads here.
        guard entries.count > limit, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
            return nil
        }
        entries[oldest.key] = nil
        return oldest.value.handle
    }

    /// Forgets a statement.
    mutating func remove(_ sql: String) -> Handle? {
        entries.removeValue(forKey: sql)?.handle
    }

    /// Forgets all of them.
    mutating func removeAll() -> [Handle] {
        defer { entries = [:] }
        return entries.values.map(\.handle)
    }
}
