public import DatabaseBalancer
public import SwitchCore

/// What the balancers count and measure.
public enum BalancerMetrics {
    /// All of them.
    public static func all(_ balancers: Balancers) -> [Metric] {
        [
            ofNodes(balancers, "balancer_node_trusted", .gauge, "Whether a node is used, 1 or 0.") {
                $0.trust == "trusted" && $0.order == .ready ? 1 : 0
            },
            ofNodes(balancers, "balancer_node_writer", .gauge, "Whether changes go to a node, 1 or 0.") {
                $0.isWriter ? 1 : 0
            },
            ofNodes(balancers, "balancer_node_busy", .gauge, "Statements that a node is carrying out.") {
                Double($0.inUse)
            },
            ofNodes(balancers, "balancer_node_statements", .counter, "Statements that a node was given.") {
                Double($0.statements)
            },
            ofNodes(balancers, "balancer_node_failures", .counter, "Statements that failed because of their node.") {
                Double($0.failures)
            },
            ofNodes(balancers, "balancer_node_losses", .counter, "How often a node has lost trust.") {
                Double($0.losses)
            },
            ofNodes(
                balancers,
                "balancer_node_connections_left",
                .counter,
                "Connections that have left a node for another one, between two transactions."
            ) { Double($0.connectionsLeft) },
            ofNodes(
                balancers,
                "balancer_node_connections_ended",
                .counter,
                "Connections to a node that were ended, whatever they were doing."
            ) { Double($0.connectionsEnded) },
            one(balancers, "balancer_waiting", .gauge, "Calls that wait for a node.") { Double($0.waiting) },
            one(balancers, "balancer_repeated", .counter, "Statements that were carried out once more.") {
                Double($0.repeated)
            },
            one(balancers, "balancer_looked_up", .counter, "Changes whose end had to be looked up.") {
                Double($0.lookedUp)
            },
            one(balancers, "balancer_in_doubt", .counter, "Changes whose end could not be found out.") {
                Double($0.inDoubt)
            },
            one(balancers, "balancer_refused", .counter, "Calls that found no node in time.") { Double($0.refused) },
        ]
    }

    private static func ofNodes(
        _ balancers: Balancers,
        _ name: String,
        _ kind: Metric.Kind,
        _ help: String,
        _ value: @escaping @Sendable (BalancerStatus.Node) -> Double
    ) -> Metric {
        Metric(name, kind, help) {
            balancers.all.map(\.status).flatMap { status in
                status.nodes.map { Metric.Sample(value($0), [("balancer", status.name), ("node", $0.name)]) }
            }
        }
    }

    private static func one(
        _ balancers: Balancers,
        _ name: String,
        _ kind: Metric.Kind,
        _ help: String,
        _ value: @escaping @Sendable (BalancerStatus) -> Double
    ) -> Metric {
        Metric(name, kind, help) {
            balancers.all.map(\.status).map { Metric.Sample(value($0), [("balancer", $0.name)]) }
        }
    }
}
