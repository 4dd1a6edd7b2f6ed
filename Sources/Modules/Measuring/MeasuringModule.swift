import Base
import Cache
import Database
public import DatabaseBalancer
import Logging
import NetworkConditions
public import SwitchCore
import Synchronization
import Telemetry
import XMLConfig

/// `mod_network_conditions`: what the switch sees of its peers' networks, for the name servers.
public final class MeasuringModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_network_conditions"
    /// The configuration that it reads.
    public static let configuration = "network_conditions.conf"

    private let softswitch: Switch
    private let balancers: Balancers
    private let logger: Logger
    private let running = Mutex<Running?>(nil)

    private struct Running: Sendable {
        var configuration: MeasuringConfiguration
        var measurement: Measurement
    }

    /// The module for a switch.
    public init(_ softswitch: Switch, _ balancers: Balancers) {
        (self.softswitch, self.balancers) = (softswitch, balancers)
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "\(Self.name)"
        self.logger = logger
    }

    /// Reads `network_conditions.conf` and begins to measure; the database need not be there yet.
    public func start() async throws {
        try await begin(try await readConfiguration())
        for metric in metrics { softswitch.metrics.register(metric, as: metric.name) }
    }

    /// Measures as a changed `network_conditions.conf` says.
    public func reload() async throws {
        let configuration = try await readConfiguration()
        guard running.withLock({ $0?.configuration }) != configuration else { return }
        await end()
        try await begin(configuration)
    }

    /// Ends; what was seen is written before.
    public func stop() async {
        for metric in metrics { softswitch.metrics.remove(metric.name) }
        await end()
    }

    private func begin(_ configuration: MeasuringConfiguration) async throws {
        guard !configuration.dataCenter.isEmpty else {
            return logger.notice("\(Self.configuration) names no data-center: nothing is measured")
        }
        let measurement = try Measurement(configuration, softswitch, balancers, logger: logger)
        running.withLock { $0 = Running(configuration: configuration, measurement: measurement) }
        softswitch.paths.isWatched = true
        measurement.start()
    }

    private func end() async {
        let old = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let old else { return }
        softswitch.paths.isWatched = false
        await old.measurement.stop()
    }

    private func readConfiguration() async throws -> MeasuringConfiguration {
        guard let xml = await softswitch.xml.configuration(named: Self.configuration) else {
            logger.warning("there is no \(Self.configuration)")
            return MeasuringConfiguration()
        }
        var diagnostics: [Diagnostic] = []
        let configuration = try MeasuringConfiguration(xml: xml, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity >= .warning { logger.warning("\(diagnostic)") }
        return configuration
    }

    private var metrics: [Metric] {
        let counts: @Sendable () -> Measurement.Counts = { [weak self] in
            self?.running.withLock { $0?.measurement }?.counts ?? Measurement.Counts()
        }
        return [
            Metric("network_conditions_networks", .gauge, "Networks of peers that something is known of.") {
                counts().networks
            },
            Metric("network_conditions_written", .counter, "Rows of network conditions that were written.") {
                counts().written
            },
            Metric("network_conditions_failures", .counter, "How often the database took no network conditions.") {
                counts().failures
            },
            Metric("network_conditions_dropped", .counter, "Observations that there was no room for.") {
                counts().dropped
            },
        ]
    }
}
