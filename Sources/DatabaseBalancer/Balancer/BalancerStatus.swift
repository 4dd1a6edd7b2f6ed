import Base

/// What a balancer knows and has counted at one moment.
public struct BalancerStatus: Sendable, Hashable {
    /// One node.
    public struct Node: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Where it is; no password is in it.
        public var address: String
        /// `trusted`, `doubted`, `joining`, `down` or `unknown`.
        public var trust: String
        /// Why it is not trusted; empty when it is.
        public var reason: String
        /// What an operator has ordered.
        public var order: NodeOrder
        /// Whether changes go to it, where they go to one node.
        public var isWriter: Bool
        /// Its share of the work now, in percent of what its weight gives it.
        public var share: Int
        /// Lower ones come first.
        public var priority: Int
        /// Where it stands.
        public var dataCenter: String
        /// Statements that it is carrying out.
        public var inUse: Int
        /// Statements that it was given.
        public var statements: UInt64
        /// Statements that failed because of it.
        public var failures: UInt64
        /// How often it has lost trust.
        public var losses: UInt64
        /// Connections of other programs that have left it for another node, between two transactions.
        public var connectionsLeft: UInt64
        /// Those that were ended, whatever they were doing: it is not used any more, or their time was over.
        public var connectionsEnded: UInt64
    }

    /// The name of the balancer.
    public var name: String
    /// The nodes, in the order of the configuration.
    public var nodes: [Node]
    /// Calls that wait for a node.
    public var waiting: Int
    /// Statements that were carried out once more.
    public var repeated: UInt64
    /// Changes of which it had to be looked up whether they were carried out.
    public var lookedUp: UInt64
    /// Changes of which that could not be found out.
    public var inDoubt: UInt64
    /// Calls that found no node in time.
    public var refused: UInt64
}

extension Balancer {
    /// What it knows and has counted at the moment.
    public var status: BalancerStatus {
        let (machine, counts) = snapshot
        let now = MonotonicInstant.now
        let nodes = machine.nodes.enumerated().map { index, node in
            BalancerStatus.Node(
                name: node.settings.name,
                address: self.nodes[index].address,
                trust: node.trust.name,
                reason: Self.reason(node),
                order: node.order,
                isWriter: index == machine.writer && node.facts?.takesChanges != false,
                share: node.share(now, slowStart: settings.slowStart) * 10 / max(node.settings.weight, 1),
                priority: node.settings.priority,
                dataCenter: node.settings.dataCenter,
                inUse: node.inUse,
                statements: node.statements,
                failures: node.failures,
                losses: node.losses,
                connectionsLeft: node.connectionsLeft,
                connectionsEnded: node.connectionsEnded
            )
        }
        return BalancerStatus(
            name: name,
            nodes: nodes,
            waiting: machine.waiting.count,
            repeated: counts.repeated,
            lookedUp: counts.lookedUp,
            inDoubt: counts.inDoubt,
            refused: counts.refused
        )
    }

    private static func reason(_ node: NodeRecord) -> String {
        if let reason = node.trust.reason { return reason }
        guard case .joining = node.trust else { return "" }
        switch node.canary {
        case .none: return "it has to be well for a while"
        case .onItsWay: return "it has to show what is written elsewhere"
        case .failed(let reason, _): return reason
        }
    }

    /// Says what becomes of a node; false when there is none of that name.
    public func order(_ order: NodeOrder, for node: String) -> Bool {
        guard let index = nodes.firstIndex(where: { $0.name == node }) else { return false }
        self.order(index, order)
        return true
    }

    /// Says who is written to; false when that node is not there or cannot be written to now.
    public func order(writer node: String) -> Bool {
        guard let index = nodes.firstIndex(where: { $0.name == node }) else { return false }
        return order(writer: index)
    }
}
