import Base
import Database
public import XMLConfig

/// The balancers of `balancer.conf`.
public struct BalancerConfiguration: Sendable {
    /// The name of the configuration.
    public static let name = "balancer.conf"
    /// How many balancers there may be.
    static let balancerLimit = 16
    /// How many nodes a balancer may have.
    static let nodeLimit = 32

    /// The balancers that are written as they should be.
    public private(set) var balancers: [BalancerSettings] = []
    /// What there is to say about it.
    public private(set) var diagnostics: [Diagnostic] = []

    /// What is wrong with it, for a program that does nothing with half of it.
    public var faults: [String] { diagnostics.filter { $0.severity == .error }.map { "\($0)" } }

    /// Reads `<balancers>`; a balancer with an error in it is left out.
    public init(xml: XMLNode) {
        let balancers = xml.first("balancers") ?? XMLNode("balancers", location: xml.location)
        for node in balancers.children(named: "balancer").prefix(Self.balancerLimit) {
            do throws(ConfigurationError) {
                let settings = try Self.balancer(node, &diagnostics)
                if self.balancers.contains(where: { $0.name == settings.name }) {
                    diagnostics.append(Diagnostic(.error, at: node.location, "\(settings.name) is there twice"))
                } else {
                    self.balancers.append(settings)
                }
            } catch {
                diagnostics += error.diagnostics
            }
        }
    }

    private static func balancer(
        _ node: XMLNode,
        _ diagnostics: inout [Diagnostic]
    ) throws(ConfigurationError) -> BalancerSettings {
        guard let name = node.nonEmpty(attribute: "name"), DataSourceName.isBalancerName(name) else {
            throw fault(node, "a balancer needs a name of letters, digits, - and _")
        }
        var settings = BalancerSettings(name: name)
        var reader = ConfigurationReader(ParameterList(of: node))
        readPolicies(&reader, &settings)
        readTimes(&reader, &settings)
        diagnostics += try reader.finish()
        for child in node.children(named: "node").prefix(nodeLimit) {
            let one = try self.node(child, &diagnostics)
            guard !settings.nodes.contains(where: { $0.name == one.name }) else {
                throw fault(child, "the node \(one.name) is there twice")
            }
            settings.nodes.append(one)
        }
        guard !settings.nodes.isEmpty else { throw fault(node, "the balancer \(name) has no nodes") }
        return settings
    }

    private static func readPolicies(_ reader: inout ConfigurationReader, _ settings: inout BalancerSettings) {
        settings.writers = reader.choice("writers", of: choices(), default: settings.writers)
        settings.readers = reader.choice("readers", of: choices(), default: settings.readers)
        settings.policy = reader.choice("policy", of: choices(), default: settings.policy)
        settings.dataCenter = reader.string("data-center", default: settings.dataCenter)
        settings.writerAddress = reader.string("listen-writer").flatMap { $0.isEmpty ? nil : $0 }
        settings.readerAddress = reader.string("listen-reader").flatMap { $0.isEmpty ? nil : $0 }
        settings.failsBack = reader.boolean("fail-back", default: settings.failsBack)
        settings.usesDonors = reader.boolean("use-donors", default: settings.usesDonors)
        settings.needsCanary = reader.boolean("canary", default: settings.needsCanary)
        settings.numbersRequests = reader.boolean("request-ids", default: settings.numbersRequests)
        settings.waiters = reader.integer("waiters", in: 0...65_536, default: settings.waiters)
        settings.receiveQueueLimit =
            reader.integer("receive-queue-limit", in: 0...1_000_000, default: settings.receiveQueueLimit)
        settings.flowControlLimit =
            reader.integer("flow-control-limit", in: 1...100, default: settings.flowControlLimit)
    }

    private static func readTimes(_ reader: inout ConfigurationReader, _ settings: inout BalancerSettings) {
        let times: [(String, WritableKeyPath<BalancerSettings, Duration>, ClosedRange<Int>)] = [
            ("check-interval-ms", \.checkInterval, 50...60_000),
            ("check-patience-ms", \.checkPatience, 50...60_000),
            ("check-timeout-ms", \.checkTimeout, 100...60_000),
            ("doubt-limit-ms", \.doubtLimit, 0...60_000),
            ("settling-ms", \.settling, 0...600_000),
            ("slow-start-ms", \.slowStart, 0...600_000),
            ("writer-grace-ms", \.writerGrace, 1000...600_000),
            ("fail-back-ms", \.failBackHold, 0...86_400_000),
            ("maximum-lag-ms", \.maximumLag, 50...600_000),
            ("deadline-ms", \.deadline, 100...600_000),
        ]
        for (name, time, range) in times {
            let milliseconds = reader.integer(
                name,
                in: range,
                default: Int(clamping: settings[keyPath: time].wholeMilliseconds)
            )
            settings[keyPath: time] = .milliseconds(milliseconds)
        }
    }

    private static func node(
        _ node: XMLNode,
        _ diagnostics: inout [Diagnostic]
    ) throws(ConfigurationError) -> NodeSettings {
        guard let name = node.nonEmpty(attribute: "name"), DataSourceName.isBalancerName(name) else {
            throw fault(node, "a node needs a name of letters, digits, - and _")
        }
        var reader = ConfigurationReader(ParameterList(of: node))
        guard let dsn = reader.string("dsn"), !dsn.isEmpty else { throw fault(node, "the node \(name) has no dsn") }
        var settings = NodeSettings(name: name, dataSource: dsn)
        do throws(DatabaseError) {
            _ = try DatabaseDSN(dsn, directory: "")
        } catch {
            throw fault(node, "the node \(name): \(error)")
        }
        settings.priority = reader.integer(
            "priority",
            in: 0...BalancerMachine.priorityLimit,
            default: settings.priority
        )
        settings.weight = reader.integer("weight", in: 1...1000, default: settings.weight)
        settings.dataCenter = reader.string("data-center", default: settings.dataCenter)
        settings.mayWrite = reader.boolean("write", default: settings.mayWrite)
        settings.connections = reader.integer("connections", in: 1...1024, default: settings.connections)
        diagnostics += try reader.finish()
        return settings
    }

    private static func fault(_ node: XMLNode, _ text: String) -> ConfigurationError {
        ConfigurationError([Diagnostic(.error, at: node.location, text)])
    }

    private static func choices<Value: RawRepresentable & CaseIterable>() -> [String: Value]
    where Value.RawValue == String {
        var choices: [String: Value] = [:]
        for value in Value.allCases { choices[value.rawValue] = value }
        return choices
    }
}
