public import DatabaseBalancer
import Logging
public import SwitchCore
public import XMLConfig

/// `mod_balancer`: the balancers of `balancer.conf`, with commands and metrics.
public final class BalancerModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_balancer"

    private let softswitch: Switch
    private let logger: Logger
    private let balancers: Balancers

    /// The module for a switch.
    public init(_ softswitch: Switch, _ balancers: Balancers) {
        (self.softswitch, self.balancers) = (softswitch, balancers)
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "mod_balancer"
        self.logger = logger
    }

    /// Every command of the module, for a check of a configuration.
    public static let commandNames = ["balancer"]

    /// Begins the balancers.
    public func start() async throws {
        warn()
        balancers.reload()
        let command = BalancerCommand(balancers).command
        softswitch.commands.register(command, as: command.name)
        for metric in BalancerMetrics.all(balancers) { softswitch.metrics.register(metric, as: metric.name) }
        let check = ReadinessCheck { [balancers] in
            let lost = balancers.all.map(\.status).first { status in !status.nodes.contains { $0.trust == "trusted" } }
            return lost.map { "\($0.name) has no node that is up and synced" }
        }
        softswitch.readiness.register(check, as: "databases")
    }

    /// Goes on as a changed `balancer.conf` says.
    public func reload() async throws {
        warn()
        balancers.reload()
    }

    /// Takes the command away; the balancers go on for those who use them.
    public func stop() async {
        for metric in BalancerMetrics.all(balancers) { softswitch.metrics.remove(metric.name) }
        softswitch.readiness.remove("databases")
    }

    private func warn() {
        guard let xml = Self.configuration(of: softswitch.xml) else {
            return logger.warning("there is no balancer.conf")
        }
        for diagnostic in BalancerConfiguration(xml: xml).diagnostics where diagnostic.severity >= .warning {
            logger.warning("\(diagnostic)")
        }
    }

    /// The configuration as the files have it: a database cannot be asked how to reach it.
    public static func configuration(of registry: XMLRegistry) -> XMLNode? {
        registry.snapshot.find(
            section: .configuration,
            tag: "configuration",
            key: "name",
            value: BalancerConfiguration.name
        )
    }
}

/// What a check of a configuration finds in `balancer.conf`.
public enum BalancerCheck {
    /// The configurations that it reads.
    public static let configurations = [BalancerConfiguration.name]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode) -> [Diagnostic] { BalancerConfiguration(xml: node).diagnostics }
}
