import Base
import Crypto

/// Things in memcached servers, where other processes find them.
///
/// Each section and each group has a generation, a random word under a key of its own; a thing counts as long as the
/// generations are those that held when it was about to be loaded. So forgetting a group is taking out one item, whatever
/// is in the group, and what somebody still loads from before does not count either.
///
/// Things and their generations are with the server that has the group, and are read together. Their names have the list of
/// servers in them: with another list a generation may be elsewhere, and what was forgotten there would count here.
public struct RemoteLevel: Sendable {
    /// Under which names things are.
    public enum Names: Hashable, Sendable {
        /// Our own.
        case own
        /// Those of the other program, where it has one for a thing, and our own for the rest.
        case shared
    }

    /// What is there.
    enum Answer: Sendable {
        /// A thing, of our own form, and how the generations are.
        case found(StoredForm, Generations)
        /// What is under the other program's name, and what the server gave it when it was stored.
        case shared([UInt8], unique: UInt64, Generations)
        /// Nothing.
        case missing(Generations)
        /// The server does not answer.
        case away
    }

    /// The generations of a section and a group; `nil` where there is none yet.
    struct Generations: Hashable, Sendable {
        var section: String?
        var group: String?
        /// How often something was forgotten, as the server of the group counts.
        var forgets: String?
        /// The number of the latest stamp of either, at the server that has the other program's name.
        var stamp: UInt64?
        /// When one of them was forgotten, in seconds since 1970.
        var lastForgotten: Int64?

        /// Both as one word, when both are there.
        var word: String? {
            guard let section, let group else { return nil }
            return "\(section),\(group)"
        }
    }

    /// How many bytes are stored as one item; servers refuse more than a mebibyte.
    static let partBytes = 1_000_000
    /// How many parts something may have.
    static let partLimit = 32

    let client: MemcachedClient
    let names: Names
    /// How long a generation is there that nothing is stored with, in seconds: longer than what was.
    var generationSeconds = MemcachedCommand.longest
    private let prefix: String
    let randomWord: @Sendable () -> String
    private let wall: @Sendable () -> Int64

    /// A level in some servers.
    ///
    /// - Parameters:
    ///   - prefix: What our own names begin with; whoever has the same finds the same.
    ///   - wall: The time, in seconds since 1970.
    public init(
        _ client: MemcachedClient,
        names: Names,
        prefix: String,
        randomWord: @escaping @Sendable () -> String,
        wall: @escaping @Sendable () -> Int64
    ) {
        (self.client, self.names, self.prefix) = (client, names, prefix)
        (self.randomWord, self.wall) = (randomWord, wall)
    }

    /// The time, in seconds since 1970.
    var now: Int64 { wall() }

    // MARK: - Names

    /// A name as a key of the servers, for those who ask the same list of them: what may not be in one is left to a digest.
    func itemKey(_ kind: String, _ name: String) -> String { key("\(client.listName).\(kind)", name) }

    /// The same for everybody who asks one of the servers.
    func commonKey(_ kind: String, _ name: String) -> String { key(kind, name) }

    private func key(_ kind: String, _ name: String) -> String {
        let key = "\(prefix)\(kind):\(name)"
        guard !MemcachedCommand.isKey(key) || key.utf8.count > MemcachedCommand.keyLimit - 16 else { return key }
        let digest = SHA256.hash(data: Array(name.utf8)).map { String($0, radix: 16) }.joined(separator: ".")
        return "\(prefix)\(kind):\(digest.prefix(100))"
    }

    var forgetCounter: String { itemKey("n", "forgets") }

    func route(_ key: CacheKey) -> String { itemKey("g", key.group) }

    // MARK: - Reading

    /// What there is under a key.
    func get(_ key: CacheKey) async -> Answer {
        do {
            var stamp: UInt64?
            if names == .shared, let name = key.sharedName, MemcachedCommand.isKey(name) {
                let found = try await shared(name, [key.section, key.group])
                stamp = found.stamp
                if let item = found.item {
                    return .shared(item.value, unique: item.unique ?? 0, Generations(stamp: stamp))
                }
            }
            let item = itemKey("i", key.name)
            let tags = [key.section, key.group]
            let (words, stamps) = (tags.map { itemKey("g", $0) }, tags.map { commonKey("f", $0) })
            let found = try await client.get(words + [forgetCounter] + stamps + [item], routedBy: route(key))
            func value(_ name: String) -> [UInt8]? { found.first { $0.key == name }?.value }
            func word(_ name: String) -> String? { value(name).map { String(decoding: $0, as: UTF8.self) } }
            let generations = Generations(
                section: word(words[0]),
                group: word(words[1]),
                forgets: word(forgetCounter),
                stamp: stamp,
                lastForgotten: stamps.compactMap { word($0).flatMap { Int64($0) } }.max()
            )
            guard var form = value(item).flatMap({ StoredForm($0) }), form.generation == generations.word,
                try await areSame(form.tags)
            else { return .missing(generations) }
            if form.kind == .parts {
                guard let whole = try await join(form, key) else { return .missing(generations) }
                form = whole
            }
            return .found(form, generations)
        } catch {
            return .away
        }
    }

    private func areSame(_ tags: [String: String]) async throws(MemcachedFault) -> Bool {
        for (item, word) in tags {
            guard MemcachedCommand.isKey(item) else { return false }
            guard try await client.get(item)?.value == Array(word.utf8) else { return false }
        }
        return true
    }

    // MARK: - Generations

    /// The generations that hold now; new ones where there are none.
    func generations(of key: CacheKey, _ known: Generations) async throws(MemcachedFault) -> Generations {
        var known = known
        let route = route(key)
        if known.section == nil { known.section = try await word(itemKey("g", key.section), routedBy: route) }
        if known.group == nil { known.group = try await word(itemKey("g", key.group), routedBy: route) }
        return known
    }

    /// The generation of a tag, and the key that it is under.
    func generation(ofTag tag: String) async throws(MemcachedFault) -> (item: String, word: String) {
        let item = itemKey("g", tag)
        return (item, try await word(item, routedBy: item))
    }

    private func word(_ item: String, routedBy route: String) async throws(MemcachedFault) -> String {
        // Somebody else may make one at the same time, or take it out again.
        for _ in 0..<3 {
            let found = try await client.get([item], routedBy: route).first
            if let found { return String(decoding: found.value, as: UTF8.self) }
            let new = randomWord()
            let made = MemcachedItem(key: item, flags: 0, value: Array(new.utf8))
            if try await client.store(.add, made, seconds: generationSeconds, routedBy: route) { return new }
        }
        throw .malformed
    }

    /// Whether nothing of a key was forgotten since these generations were read; of `everything`, nothing at all.
    func isUnchanged(
        _ key: CacheKey,
        since generations: Generations,
        everything: Bool
    ) async throws(MemcachedFault) -> Bool {
        let items = [itemKey("g", key.section), itemKey("g", key.group), forgetCounter]
        let found = try await client.get(items, routedBy: route(key))
        let words = items.map { name in
            found.first { $0.key == name }.map { String(decoding: $0.value, as: UTF8.self) }
        }
        return words[0] == generations.section && words[1] == generations.group
            && (!everything || words[2] == generations.forgets)
    }

    // MARK: - One for all

    /// Whether this process is the one that loads something; others wait for it.
    func lock(_ key: CacheKey, seconds: Int) async -> Bool {
        let item = MemcachedItem(key: itemKey("l", key.name), flags: 0, value: [])
        // Without an answer everybody loads.
        return (try? await client.store(.add, item, seconds: max(seconds, 1), routedBy: route(key))) ?? true
    }

    func unlock(_ key: CacheKey) async {
        // No delete, which would be owed to a server that fails: it may be another's lock by then, and many of them would
        // have the server emptied. What is stored with less than no time to live is gone at once.
        let item = MemcachedItem(key: itemKey("l", key.name), flags: 0, value: [])
        _ = try? await client.store(.set, item, seconds: -1, routedBy: route(key))
    }
}
