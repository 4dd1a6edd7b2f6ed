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

        fileprivate var purpose: BalancerMachine.Purpose { self == .writing ? .write : .read }
    }

    /// What becomes of the connections to a node.
    public enum NodeEvent: Sendable, Hashable {
        /// It is given up, or put into maintenance: they are of no use.
        case lost(node: Int)
        /// Others are used in its place: those that it does not keep end when they are between two transactions.
        case left(node: Int)
        /// The time is over that those for changes had, where it does not keep them.
        case overdue(node: Int)
    }

    /// A node that somebody has, until it is given back.
    public struct TakenNode: Sendable, Hashable {
        /// What it was taken for.
        public let use: Use
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
        let index = try await acquire(use.purpose, until: .now + settings.deadline)
        guard let endpoint = nodes[index].endpoint else {
            release(index)
            throw DatabaseError(.dataSource, "\(nodes[index].name) is not reached over TCP")
        }
        return TakenNode(use: use, index: index, host: endpoint.host, port: endpoint.port)
    }

    /// A connection has ended.
    ///
    /// - Parameter failure: Why there was none, when the node could not be reached.
    public func giveBack(_ node: TakenNode, failure: String?) {
        release(node.index, failure.map { DatabaseError(.unavailable, $0) })
    }

    /// Whether a node that somebody has is not given up, nor in maintenance, nor left for another one.
    public func keeps(_ node: TakenNode) -> Bool {
        trusts(node.index) && mayStay(on: node.index, for: node.use.purpose)
    }

    /// Somebody has seen on a connection that something is wrong with its node: it gets nothing new until it has been
    /// checked, which is done at once.
    public func doubt(_ node: TakenNode, _ reason: String) {
        failed(node.index, DatabaseError(.unavailable, reason))
    }
}
