/// What is under the other program's names: it has no generations.
///
/// A server numbers whatever is stored in it. What is forgotten leaves a stamp in each server, and an item with a smaller
/// number than the stamp's was stored before: it does not count, whoever stored it. A server that was told not to number
/// (memcached's `-C`) gives them all the same number.
extension RemoteLevel {
    /// An item, unless something that it is in was forgotten since it was stored; and the latest stamp.
    func shared(
        _ name: String,
        _ tags: [String]
    ) async throws(MemcachedFault) -> (item: MemcachedItem?, stamp: UInt64) {
        let stamps = tags.map { commonKey("f", $0) }
        let found = try await client.get([name] + stamps, routedBy: name, areNumbered: true)
        let last = found.filter { $0.key != name }.compactMap(\.unique).max() ?? 0
        guard let item = found.first(where: { $0.key == name }), item.unique ?? 0 >= last else { return (nil, last) }
        return (item, last)
    }

    /// Whether an item counts that has more tags, which only itself says.
    func counts(_ unique: UInt64, _ name: String, _ tags: [String]) async -> Bool {
        guard !tags.isEmpty else { return true }
        let stamps = tags.map { commonKey("f", $0) }
        guard let found = try? await client.get(stamps, routedBy: name, areNumbered: true) else { return false }
        return unique >= found.compactMap(\.unique).max() ?? 0
    }

    /// Stores something under the other program's name, unless it was forgotten since these generations were read.
    ///
    /// - Parameter isTagged: Whether it may be forgotten with something that is neither its group nor its section.
    /// - Returns: Whether it was forgotten while it was stored, so that others may have seen it meanwhile.
    func putShared(
        _ bytes: [UInt8],
        _ name: String,
        _ key: CacheKey,
        since generations: Generations,
        isTagged: Bool,
        seconds: Int
    ) async throws(MemcachedFault) -> Bool {
        guard try await isUnforgotten(name, key, since: generations, isTagged: isTagged) else { return false }
        let item = MemcachedItem(key: name, flags: 0, value: bytes)
        do {
            try await client.store(.set, item, seconds: MemcachedCommand.lasting(seconds))
            guard try await !isUnforgotten(name, key, since: generations, isTagged: isTagged) else { return false }
        } catch {
            // It may be stored late, after it was forgotten; a delete that fails is made up for.
            if error.mayHaveArrived { _ = try? await client.delete(name) }
            throw error
        }
        _ = try? await client.delete(name)
        return true
    }

    /// Whether nobody has forgotten it since these generations were read, whichever list of servers he asks.
    private func isUnforgotten(
        _ name: String,
        _ key: CacheKey,
        since generations: Generations,
        isTagged: Bool
    ) async throws(MemcachedFault) -> Bool {
        let stamps = [key.section, key.group].map { commonKey("f", $0) }
        let found = try await client.get(stamps, routedBy: name, areNumbered: true)
        guard found.compactMap(\.unique).max() ?? 0 <= generations.stamp ?? 0 else { return false }
        return try await isUnchanged(key, since: generations, everything: isTagged)
    }
}
