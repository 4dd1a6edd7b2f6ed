import Base
import HTTPTransport
import Logging
import NIOCore
import NIOPosix
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_xml_curl`: the switch's XML comes from web servers, and from the files what they do not have.
public final class XMLCurlModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_xml_curl"
    /// The commands that it registers.
    public static let commandNames = ["xml_curl"]
    /// The configuration that it reads.
    static let configuration = "xml_curl.conf"

    private struct Running: Sendable {
        var configuration: XMLCurlConfiguration
        var providers: [GatewayProvider]
        var bindings: [XMLRegistry.Binding]
    }

    private let softswitch: Switch
    private let logger: Logger
    private let keeper: AnswerKeeper
    private let running = Mutex<Running?>(nil)
    private let group = Mutex<MultiThreadedEventLoopGroup?>(nil)

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "mod_xml_curl"
        self.logger = logger
        keeper = AnswerKeeper(directory: softswitch.xml.globals["temp_dir"] ?? "/tmp", logger: logger)
    }

    /// Reads `xml_curl.conf`, and answers look-ups from now on.
    ///
    /// The web servers need not be there yet: as long as one is not, the next one is asked, and then the files.
    public func start() async throws {
        let configuration = try await readConfiguration()
        try apply(configuration)
        softswitch.commands.register(command, as: "xml_curl")
        for (key, metric) in XMLCurlMetrics.all({ [weak self] in self?.statuses ?? [] }) {
            softswitch.metrics.register(metric, as: key)
        }
        // They were read before anybody else could answer.
        await softswitch.reloadAccessLists()
    }

    /// Applies a changed `xml_curl.conf`, at the same place among the providers.
    public func reload() async throws {
        let configuration = try await readConfiguration()
        let old = running.withLock { $0?.configuration }
        // Certificates may be others in the same files.
        guard old != configuration || configuration.gateways.contains(where: \.dependsOnFiles) else { return }
        try apply(configuration)
        await softswitch.reloadAccessLists()
    }

    /// Leaves everything to the files.
    public func stop() async {
        let old = running.withLock { running in
            defer { running = nil }
            return running
        }
        softswitch.xml.replace(old?.bindings ?? [], with: [])
        for provider in old?.providers ?? [] { provider.close() }
        softswitch.commands.remove("xml_curl")
        for key in XMLCurlMetrics.keys { softswitch.metrics.remove(key) }
        let group = group.withLock { group in
            defer { group = nil }
            return group
        }
        try? await group?.shutdownGracefully()
    }

    /// What each binding does and has done, in their order.
    var statuses: [GatewayStatus] { running.withLock { $0?.providers ?? [] }.map(\.status) }

    // MARK: - What it is made of

    private func readConfiguration() async throws -> XMLCurlConfiguration {
        guard let xml = await softswitch.xml.configuration(named: Self.configuration) else {
            throw ConfigurationError("there is no \(Self.configuration)", at: nil)
        }
        var diagnostics: [Diagnostic] = []
        let configuration = try XMLCurlConfiguration(xml: xml, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity >= .warning { logger.warning("\(diagnostic)") }
        if configuration.gateways.isEmpty { logger.warning("no binding has a gateway-url: nobody is asked") }
        return configuration
    }

    private func apply(_ configuration: XMLCurlConfiguration) throws {
        let group = group.withLock { group in
            let made = group ?? MultiThreadedEventLoopGroup(numberOfThreads: 1)
            group = made
            return made
        }
        var providers: [GatewayProvider] = []
        var entries: [XMLRegistry.ProviderEntry] = []
        for gateway in configuration.gateways {
            let provider: any XMLProvider
            if case .file(let path) = gateway.url {
                provider = FileProvider(path: path, limit: gateway.answerBytes)
            } else {
                let made = GatewayProvider(
                    gateway,
                    softswitch,
                    client: try gateway.makeClient(group: group, logger: logger),
                    group: group,
                    keeper: keeper,
                    logger: logger
                )
                providers.append(made)
                provider = made
            }
            let name = "xml_curl binding \"\(gateway.name)\""
            entries.append(XMLRegistry.ProviderEntry(provider, named: name, sections: gateway.sections))
        }
        let old = running.withLock { $0 }
        let bindings = softswitch.xml.replace(old?.bindings ?? [], with: entries)
        running.withLock {
            $0 = Running(configuration: configuration, providers: providers, bindings: bindings)
        }
        for provider in old?.providers ?? [] { provider.close() }
    }

    private var command: APICommand {
        APICommand("xml_curl", syntax: "debug_on|debug_off|status", summary: "the web servers that send XML") {
            [weak self] context, text in
            guard let self else { return "-ERR not loaded\n" }
            switch text.trimmingBlanks.lowercased() {
            case "debug_on", "debug_off":
                // A dialplan has no business with it.
                guard context.session == nil else { return "-ERR not for a call\n" }
                keeper.isOn = text.lowercased().contains("debug_on")
                return "OK\n"
            case "status": return XMLCurlStatus.text(statuses, isDebugging: keeper.isOn)
            default: return "-USAGE: xml_curl debug_on|debug_off|status\n"
            }
        }
    }
}
