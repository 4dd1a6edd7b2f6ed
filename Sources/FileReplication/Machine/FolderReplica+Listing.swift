public import Base

/// What a scan lists.
extension FolderReplica {
    /// Something in a directory, as a scan sees it.
    public typealias Listed = (name: [UInt8], metadata: FileMetadata, identity: FileIdentity?)

    /// All that is in a directory: what is not as it was is looked at.
    ///
    /// It costs least when it comes in the order of names.
    public mutating func listed(_ directory: TreePath, _ entries: [Listed], now: MonotonicInstant) {
        guard isRootThere else { return }
        let entries = Self.inOrder(entries)
        var (changed, missing): ([[UInt8]], [[UInt8]]) = ([], [])
        // Both lists are in one order, so that nothing has to be looked up.
        var next = 0
        index.forEachEntry(of: directory) { name, entry in
            while next < entries.count, entries[next].name.lexicographicallyPrecedes(name) {
                changed.append(entries[next].name)
                next += 1
            }
            if next < entries.count, entries[next].name.elementsEqual(name) {
                if !Self.isAsKnown(entries[next], entry) { changed.append(entries[next].name) }
                next += 1
            } else if entry.held != nil {
                missing.append(Array(name))
            }
        }
        changed += entries[next...].map { $0.name }
        for name in changed + missing {
            if let path = try? directory.appending(name) { inspect(path) }
        }
        proceed(now: now)
    }

    private static func isAsKnown(_ listed: Listed, _ entry: IndexEntry) -> Bool {
        guard let held = entry.held, !held.isGrowing, held.metadata == replicated(listed.metadata) else { return false }
        return entry.identity == nil || listed.identity == nil || entry.identity == listed.identity
    }

    private static func inOrder(_ entries: [Listed]) -> [Listed] {
        for index in entries.indices.dropFirst()
        where !entries[index - 1].name.lexicographicallyPrecedes(entries[index].name) {
            return entries.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        }
        return entries
    }
}
