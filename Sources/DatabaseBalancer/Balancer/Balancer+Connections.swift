import Base
public import Database

/// Nodes for connections of others, which last as long as those like.
extension Balancer {
    /// What a connection is for.
    public enum Use: String, Sendable, Hashable, CaseIterable {
        /// Any node will do.
        case reading
        /// It has to be one that takes changes.
        case writing
    }

    /// A node that somebody has, until it is given back.
    public struct TakenNode: Sendable, Hashable {
        /// Its place in the configuration.
        public let index: Int
        /// Where it is.
        public let host: String
        /// Its port.
        public let port: Int
    }

    /// Where all nodes are that are reached over TCP.
    public var endpoints: [(host: String, port: Int)] { nodes.compactMap(\.endpoint) }

    /// A node for a connection, as soon as there is one that can be trusted.
    public func takeNode(for use: Use) async throws(DatabaseError) -> TakenNode {
        let index = try await acquire(use == .writing ? .write : .read, until: .now + settings.deadline)
        guard let endpoint = nodes[index].endpoint else {
            release(index)
            throw DatabaseError(.dataSource, "\(nodes[index].name) is not reached over TCP")
        }
        return TakenNode(index: index, host: endpoint.host, port: endpoint.port)
    }

    /// A connection has ended.
    ///
    /// - Parameter failure: Why there was none, when the node could not be reached.
    public func giveBack(_ node: TakenNode, failure: String?) {
        release(node.index, failure.map { DatabaseError(.unavailable, $0) })
    }

    /// Whether a node that somebody has is not given up, nor in maintenance.
    public func keeps(_ node: TakenNode) -> Bool { trusts(node.index) }

    /// Somebody has seen on a connection that something is wrong with its node: it gets nothing new until it has been
    /// checked, which is done at once.
    public func doubt(_ node: TakenNode, _ reason: String) {
        failed(node.index, DatabaseError(.unavailable, reason))
    }
}
