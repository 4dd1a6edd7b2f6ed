import Base
import HTTPTransport
import Logging
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_prometheus`: the switch's metrics at `/metrics`, and whether it takes calls at `/healthz`.
public final class PrometheusModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_prometheus"

    private struct State {
        var server: HTTPServer?
        var settings: PrometheusConfiguration?
    }

    private let softswitch: Switch
    private let logger: Logger
    private let state = Mutex(State())

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "mod_prometheus"
        self.logger = logger
    }

    /// The port that is listened on, once it is.
    var port: Int? { state.withLock { $0.server?.port } }

    /// Reads `prometheus.conf` and listens.
    public func start() async throws {
        try await serve(try await readConfiguration())
    }

    /// Listens as a changed `prometheus.conf` says.
    public func reload() async throws {
        let settings = try await readConfiguration()
        guard state.withLock({ $0.settings != settings || $0.server == nil }) else { return }
        await stop()
        try await serve(settings)
    }

    /// Closes all connections.
    public func stop() async {
        let server = state.withLock { state in
            defer { state = State() }
            return state.server
        }
        await server?.stop()
    }

    /// Name servers and the switches of other data centers ask four times a second, each over some connections that it keeps.
    private static var limits: HTTPServerLimits {
        var limits = HTTPServerLimits()
        (limits.connections, limits.requests) = (256, 10_000)
        return limits
    }

    private func serve(_ settings: PrometheusConfiguration) async throws {
        let pages = Pages(softswitch)
        let service = HTTPService(limits: Self.limits) { await pages.answer($0.path) }
        let refusals = RefusalTally()
        let server = HTTPServer(service, refusal: Self.refusal) { [softswitch, logger] address in
            let isAllowed = softswitch.accessLists.allow(address, in: settings.accessLists)
            if !isAllowed, let count = refusals.note() {
                logger.warning(
                    "requests for metrics were refused",
                    metadata: ["count": "\(count)", "last from": "\(address)"]
                )
            }
            return isAllowed
        }
        do {
            try await server.start(address: settings.address, port: settings.port)
        } catch {
            await server.stop()
            throw PrometheusError(
                description: "mod_prometheus cannot listen on \(settings.address) port \(settings.port): \(error)"
            )
        }
        state.withLock { $0 = State(server: server, settings: settings) }
    }

    private static let refusal = HTTPPage(
        .forbidden,
        "apply-inbound-acl in prometheus.conf does not allow this address"
    )

    private func readConfiguration() async throws -> PrometheusConfiguration {
        guard let xml = await softswitch.xml.configuration(named: "prometheus.conf") else {
            logger.warning("there is no prometheus.conf")
            return PrometheusConfiguration()
        }
        var diagnostics: [Diagnostic] = []
        let settings = try PrometheusConfiguration(xml: xml, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity >= .warning { logger.warning("\(diagnostic)") }
        return settings
    }
}

/// Why the module cannot start.
struct PrometheusError: Error, CustomStringConvertible {
    let description: String
}
