package import Base
package import Cache
package import NetworkConditions

/// Network conditions in memcached: for those who cannot reach the database at the moment.
///
/// Each switch has one item with the rows that it knows best, and there is one with the switches' names.
package struct ConditionItems: Sendable {
    /// The switch that has written something.
    package struct Writer: Hashable, Sendable {
        /// Its data center.
        package var dataCenter: String
        /// Its name.
        package var node: String

        /// A switch.
        package init(dataCenter: String, node: String) {
            (self.dataCenter, self.node) = (dataCenter, node)
        }

        var key: String { "\(ConditionItems.prefix)\(dataCenter)/\(node)" }
        var line: String { "\(dataCenter) \(node)" }
    }

    private static let prefix = "tandem:network_conditions:"
    private static let index = prefix + "nodes"
    /// How many switches are known.
    static let maximumWriters = 64
    /// For how many seconds an item counts, and the one with the names.
    private static let seconds = 60
    private static let indexSeconds = 24 * 3600

    private let client: MemcachedClient

    /// Items in some servers.
    package init(_ client: MemcachedClient) {
        self.client = client
    }

    /// A client that has time: nobody waits for it, and items are long.
    package static func client(_ servers: [ServerAddress]) -> MemcachedClient {
        var limits = MemcachedLimits()
        (limits.connectTime, limits.operationTime) = (.milliseconds(200), .milliseconds(500))
        return MemcachedClient(servers, .ketama, limits: limits)
    }

    /// Writes the rows that a switch knows best.
    package func write(
        _ rows: [NetworkCondition],
        by writer: Writer,
        at now: MonotonicInstant
    ) async throws(MemcachedFault) {
        let text = ConditionText.write(rows.prefix(ConditionText.maximumRows), at: now)
        let item = MemcachedItem(key: writer.key, flags: 0, value: Array(text.utf8))
        try await client.store(.set, item, seconds: Self.seconds)
    }

    /// Puts a switch on the list of those that write; of two that do so at the same time one may have to do it again.
    package func announce(_ writer: Writer) async throws(MemcachedFault) {
        var known = try await writers()
        guard !known.contains(writer) else { return }
        if known.count >= Self.maximumWriters {
            // Who has not written for a minute may be one whose name is another one now.
            var present: [Writer] = []
            for one in known where try await client.get(one.key) != nil { present.append(one) }
            known = present
        }
        guard known.count < Self.maximumWriters else { return }
        known.append(writer)
        let text = known.map(\.line).joined(separator: "\n")
        let item = MemcachedItem(key: Self.index, flags: 0, value: Array(text.utf8))
        try await client.store(.set, item, seconds: Self.indexSeconds)
    }

    /// The switches that write.
    package func writers() async throws(MemcachedFault) -> [Writer] {
        guard let item = try await client.get(Self.index) else { return [] }
        return String(decoding: item.value, as: UTF8.self).split(separator: "\n").prefix(Self.maximumWriters)
            .compactMap { line in
                let words = line.split(separator: " ")
                return words.count == 2 ? Writer(dataCenter: String(words[0]), node: String(words[1])) : nil
            }
    }

    /// The rows of a switch; none when it has not written for a minute.
    package func conditions(
        of writer: Writer,
        at now: MonotonicInstant
    ) async throws(MemcachedFault) -> [NetworkCondition] {
        guard let item = try await client.get(writer.key) else { return [] }
        return ConditionText.read(String(decoding: item.value, as: UTF8.self), dataCenter: writer.dataCenter, at: now)
    }
}
