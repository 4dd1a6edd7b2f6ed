import Cache

/// Items of one kind in memcached: each program that writes has one, and there is one with the programs' names.
struct SharedItems: Sendable {
    /// How many programs are known.
    static let maximumWriters = 64
    private static let indexSeconds = 24 * 3600

    let client: MemcachedClient
    /// What the keys begin with.
    let prefix: String
    /// For how many seconds an item counts.
    let seconds: Int

    private var index: String { prefix + "nodes" }

    /// Writes the item of a program.
    func write(_ text: String, by writer: String) async throws(MemcachedFault) {
        let item = MemcachedItem(key: prefix + writer, flags: 0, value: Array(text.utf8))
        try await client.store(.set, item, seconds: seconds)
    }

    /// The item of a program; `nil` when it has not written lately.
    func text(of writer: String) async throws(MemcachedFault) -> String? {
        try await client.get(prefix + writer).map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// Puts a program on the list of those that write; of two that do so at the same time one may have to do it again.
    func announce(_ writer: String) async throws(MemcachedFault) {
        var known = try await writers()
        guard !known.contains(writer) else { return }
        if known.count >= Self.maximumWriters {
            // Who has not written lately may be one whose name is another one now.
            var present: [String] = []
            for one in known where try await client.get(prefix + one) != nil { present.append(one) }
            known = present
        }
        guard known.count < Self.maximumWriters else { return }
        known.append(writer)
        let item = MemcachedItem(key: index, flags: 0, value: Array(known.joined(separator: "\n").utf8))
        try await client.store(.set, item, seconds: Self.indexSeconds)
    }

    /// The programs that write.
    func writers() async throws(MemcachedFault) -> [String] {
        guard let item = try await client.get(index) else { return [] }
        return String(decoding: item.value, as: UTF8.self).split(separator: "\n").prefix(Self.maximumWriters)
            .map(String.init)
    }
}
