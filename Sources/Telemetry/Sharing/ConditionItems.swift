package import Base
package import Cache
package import NetworkConditions

/// Network conditions and loads in memcached: for those who cannot reach the database at the moment.
///
/// Each switch has one item with the rows that it knows best, and one with how much it has to do.
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

        fileprivate var name: String { "\(dataCenter)/\(node)" }

        fileprivate init?(name: String) {
            let parts = name.split(separator: "/", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            self.init(dataCenter: String(parts[0]), node: String(parts[1]))
        }
    }

    /// For how many seconds an item counts.
    private static let seconds = 60

    private let rowItems: SharedItems
    private let loadItems: SharedItems

    /// Items in some servers.
    package init(_ client: MemcachedClient) {
        rowItems = SharedItems(client: client, prefix: "tandem:network_conditions:", seconds: Self.seconds)
        loadItems = SharedItems(client: client, prefix: "tandem:data_center_loads:", seconds: Self.seconds)
    }

    /// A client that has time: nobody waits for it, and items are long.
    package static func client(_ servers: [ServerAddress]) -> MemcachedClient {
        var limits = MemcachedLimits()
        (limits.connectTime, limits.operationTime) = (.milliseconds(200), .milliseconds(500))
        return MemcachedClient(servers, .ketama, limits: limits)
    }

    /// Puts a switch on the list of those that write; of two that do so at the same time one may have to do it again.
    package func announce(_ writer: Writer) async throws(MemcachedFault) {
        try await rowItems.announce(writer.name)
    }

    /// The switches that write.
    package func writers() async throws(MemcachedFault) -> [Writer] {
        try await rowItems.writers().compactMap { Writer(name: $0) }
    }

    // MARK: - Network conditions

    /// Writes the rows that a switch knows best.
    package func write(
        _ rows: [NetworkCondition],
        by writer: Writer,
        at now: MonotonicInstant
    ) async throws(MemcachedFault) {
        let text = ConditionText.write(rows.prefix(ConditionText.maximumRows), at: now)
        try await rowItems.write(text, by: writer.name)
    }

    /// The rows of a switch; none when it has not written for a minute.
    package func conditions(
        of writer: Writer,
        at now: MonotonicInstant
    ) async throws(MemcachedFault) -> [NetworkCondition] {
        let text = try await rowItems.text(of: writer.name) ?? ""
        return ConditionText.read(text, dataCenter: writer.dataCenter, at: now)
    }

    // MARK: - Loads

    /// Writes how much a switch has to do.
    package func write(_ load: SwitchLoad) async throws(MemcachedFault) {
        let writer = Writer(dataCenter: load.center, node: load.node)
        try await loadItems.write("\(load.sessions) \(load.capacity)", by: writer.name)
    }

    /// How much switches have to do that have said so in the last minute.
    package func loads() async throws(MemcachedFault) -> [SwitchLoad] {
        var found: [SwitchLoad] = []
        for writer in try await writers() {
            let numbers = try await loadItems.text(of: writer.name)?.split(separator: " ").map { Int($0) }
            guard let numbers, numbers.count == 2, let sessions = numbers[0], let capacity = numbers[1] else {
                continue
            }
            found.append(
                SwitchLoad(center: writer.dataCenter, node: writer.node, sessions: sessions, capacity: capacity)
            )
        }
        return found
    }
}
