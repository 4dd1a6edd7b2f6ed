import Base
import Crypto

/// Things in memcached servers, where other processes find them.
///
/// Each section and each group has a generation, a random word under a key of its own; a thing counts as long as the
/// generations are those that held when it was about to be loaded. So forgetting a group is taking out one item, whatever
/// is in the group, and what somebody still loads from before does not count either.
///
/// Things and their generations are with the server that has the group, and are read together.
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
        /// What another program has stored.
        case shared([UInt8])
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
    private let prefix: String
    private let randomWord: @Sendable () -> String
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

    /// A name as a key of the servers: what may not be in one is left to a digest.
    func itemKey(_ kind: String, _ name: String) -> String {
        let key = "\(prefix)\(kind):\(name)"
        guard !MemcachedCommand.isKey(key) || key.utf8.count > MemcachedCommand.keyLimit - 16 else { return key }
        let digest = SHA256.hash(data: Array(name.utf8)).map { String($0, radix: 16) }.joined(separator: ".")
        return "\(prefix)\(kind):\(digest.prefix(100))"
    }

    private var forgetCounter: String { itemKey("n", "forgets") }

    private func route(_ key: CacheKey) -> String { itemKey("g", key.group) }

    // MARK: - Reading

    /// What there is under a key.
    func get(_ key: CacheKey) async -> Answer {
        do {
            if names == .shared, let name = key.sharedName, MemcachedCommand.isKey(name),
                let item = try await client.get(name)
            {
                return .shared(item.value)
            }
            let item = itemKey("i", key.name)
            let (section, group) = (itemKey("g", key.section), itemKey("g", key.group))
            let found = try await client.get([section, group, forgetCounter, item], routedBy: route(key))
            func value(_ name: String) -> [UInt8]? { found.first { $0.key == name }?.value }
            func word(_ name: String) -> String? { value(name).map { String(decoding: $0, as: UTF8.self) } }
            let generations = Generations(
                section: word(section),
                group: word(group),
                forgets: word(forgetCounter)
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
            if try await client.store(.add, made, seconds: 0, routedBy: route) { return new }
        }
        throw .malformed
    }

    // MARK: - Writing

    /// Stores something that was loaded while these generations held.
    ///
    /// - Parameter seconds: How long the servers keep it, which is longer than it counts.
    func put(_ form: StoredForm, _ key: CacheKey, seconds: Int) async throws(MemcachedFault) {
        var form = form
        let route = route(key)
        if form.body.count > Self.partBytes {
            guard let split = try await split(form.body, key, seconds: seconds) else { return }
            (form.kind, form.body) = (.parts, split)
        }
        let item = MemcachedItem(key: itemKey("i", key.name), flags: 0, value: form.bytes)
        try await client.store(.set, item, seconds: MemcachedCommand.lasting(seconds), routedBy: route)
    }

    /// Whether nothing at all was forgotten since these generations were read.
    func isUnchanged(_ key: CacheKey, since generations: Generations) async throws(MemcachedFault) -> Bool {
        let found = try await client.get([forgetCounter], routedBy: route(key)).first
        return found.map { String(decoding: $0.value, as: UTF8.self) } == generations.forgets
    }

    /// Stores something under the other program's name, unless it was to be forgotten meanwhile.
    func putShared(
        _ bytes: [UInt8],
        _ name: String,
        _ key: CacheKey,
        ifStill generations: Generations,
        seconds: Int
    ) async throws(MemcachedFault) {
        let (section, group) = (itemKey("g", key.section), itemKey("g", key.group))
        let found = try await client.get([section, group], routedBy: route(key))
        let words = [section, group].map { name in
            found.first { $0.key == name }.map { String(decoding: $0.value, as: UTF8.self) }
        }
        guard words == [generations.section, generations.group] else { return }
        let item = MemcachedItem(key: name, flags: 0, value: bytes)
        try await client.store(.set, item, seconds: MemcachedCommand.lasting(seconds))
    }

    private func split(_ body: [UInt8], _ key: CacheKey, seconds: Int) async throws(MemcachedFault) -> [UInt8]? {
        let count = (body.count + Self.partBytes - 1) / Self.partBytes
        guard count <= Self.partLimit else { return nil }
        let name = randomWord()
        for number in 0..<count {
            let part = body[(number * Self.partBytes)..<min((number + 1) * Self.partBytes, body.count)]
            let item = MemcachedItem(key: itemKey("p", "\(name).\(number)"), flags: 0, value: Array(part))
            try await client.store(.set, item, seconds: MemcachedCommand.lasting(seconds))
        }
        return Array("\(name) \(count) \(body.count)".utf8)
    }

    private func join(_ form: StoredForm, _ key: CacheKey) async throws(MemcachedFault) -> StoredForm? {
        let words = String(decoding: form.body, as: UTF8.self).split(separator: " ")
        guard words.count == 3, let count = Int(words[1]), (1...Self.partLimit).contains(count),
            let length = Int(words[2]), length <= Self.partLimit * Self.partBytes
        else { return nil }
        var whole = form
        (whole.kind, whole.body) = (.document, [])
        for number in 0..<count {
            guard let part = try await client.get(itemKey("p", "\(words[0]).\(number)")) else { return nil }
            whole.body += part.value
            guard whole.body.count <= length else { return nil }
        }
        return whole.body.count == length ? whole : nil
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

    // MARK: - Forgetting

    /// Takes out the generations of groups and of sections, and items under the other program's names.
    ///
    /// - Returns: Whether the other program had any of these.
    func forget(groups: [String], sections: [String], shared: [String]) async -> Bool {
        // Before anything is taken out: whoever reads a generation after that sees that the count is another.
        for index in 0..<client.count { await countForget(index) }
        for group in groups { _ = try? await client.delete(itemKey("g", group)) }
        for section in sections {
            // Its generation is with each server.
            for index in 0..<client.count { _ = try? await client.ask(index, .delete(itemKey("g", section))) }
        }
        var wasThere = false
        for name in shared where MemcachedCommand.isKey(name) {
            if (try? await client.delete(name)) == true { wasThere = true }
        }
        return wasThere
    }

    private func countForget(_ index: Int) async {
        let step = MemcachedCommand.increment(forgetCounter, by: 1)
        guard case .outcome(.notFound)? = try? await client.ask(index, step) else { return }
        let first = MemcachedItem(key: forgetCounter, flags: 0, value: Array("\(now * 1000)".utf8))
        _ = try? await client.ask(index, .store(.add, first, seconds: 0))
        _ = try? await client.ask(index, step)
    }
}
