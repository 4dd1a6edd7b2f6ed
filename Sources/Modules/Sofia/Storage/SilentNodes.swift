/// Nodes that did not answer a call, until they say again that they are alive: only the first caller waits for one.
///
/// What a node says is its lease in the database, which a living one renews every few seconds. A node that did not answer
/// while it had a lease is left alone as long as it has no later one.
struct SilentNodes: Sendable {
    /// The latest lease of each node that was looked up, by the clock of the database.
    private var leases: [String: Int64] = [:]
    /// The leases with which nodes did not answer.
    private var silent: [String: Int64] = [:]

    /// How many nodes are remembered.
    private static let limit = 1000

    /// A look-up has found a lease.
    mutating func found(_ host: String, lease: Int64) {
        if leases.count >= Self.limit, leases[host] == nil { (leases, silent) = ([:], [:]) }
        leases[host] = lease
        if let known = silent[host], lease > known { silent[host] = nil }
    }

    /// A node has not answered.
    ///
    /// - Returns: Whether that is news.
    mutating func didNotAnswer(_ host: String) -> Bool {
        guard let lease = leases[host] else { return false }
        return silent.updateValue(lease, forKey: host) == nil
    }

    /// Whether a node is left alone, as far as the latest look-up says.
    func contains(_ host: String) -> Bool { silent[host] != nil }
}
