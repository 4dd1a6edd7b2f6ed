import Base
public import Database
import Synchronization

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

    /// Where the nodes are that are reached over TCP and have not been given up: nobody has a connection to another one.
    public var endpoints: [(host: String, port: Int)] {
        nodes.indices.filter { trusts($0) }.compactMap { nodes[$0].endpoint }
    }

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

    /// Connections have to go because of something that has become of their node: that is counted, and said in the log.
    ///
    /// Those that leave when they are between two transactions are counted one by one, when they do
    /// (``noteDeparture(from:)``).
    public func note(_ count: Int, connectionsFor event: NodeEvent) {
        guard count > 0 else { return }
        switch event {
        case .lost(let node): noteEnd(of: count, on: node, "it is not used any more")
        case .left(let node):
            tell(isBad: false, "\(count) connections leave \(nodes[node].name) when they are between two transactions")
        case .overdue(let node):
            let grace = "\(settings.writerGrace.wholeMilliseconds) ms"
            noteEnd(of: count, on: node, "another node has been written to for \(grace)")
        }
    }

    private func noteEnd(of count: Int, on node: Int, _ reason: String) {
        state.withLock { $0.machine.nodes[node].connectionsEnded &+= UInt64(count) }
        tell(isBad: true, "\(count) connections to \(nodes[node].name) are ended: \(reason)")
    }

    /// A connection has left its node for another one, between two transactions.
    public func noteDeparture(from node: TakenNode) {
        state.withLock { $0.machine.nodes[node.index].connectionsLeft &+= 1 }
    }

    /// Somebody has seen on a connection that something is wrong with its node: it gets nothing new until it has been
    /// checked, which is done at once.
    public func doubt(_ node: TakenNode, _ reason: String) {
        failed(node.index, DatabaseError(.unavailable, reason))
    }
}
