import Cache
import Logging
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_memcache`: the command `memcache`.
public final class MemcacheModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_memcache"
    /// The commands that it registers.
    public static let commandNames = ["memcache"]
    /// The configuration that it reads.
    static let configuration = "memcache.conf"

    private struct Running: Sendable {
        var configuration: MemcacheConfiguration
        var client: MemcachedClient
    }

    private let softswitch: Switch
    private let running = Mutex<Running?>(nil)

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Reads `memcache.conf` and registers the command; the servers need not be there yet.
    public func start() async throws {
        apply(try await readConfiguration())
        softswitch.commands.register(
            APICommand("memcache", syntax: "syntax", summary: "Memcache API") { [weak self] context, text in
                guard let client = self?.running.withLock({ $0?.client }) else { return "-ERR not loaded\n" }
                return await MemcacheCommand(client: client).run(text, context.softswitch)
            },
            as: "memcache"
        )
    }

    /// Asks the servers that a changed `memcache.conf` names.
    public func reload() async throws {
        let configuration = try await readConfiguration()
        guard running.withLock({ $0?.configuration }) != configuration else { return }
        apply(configuration)
    }

    /// Ends the connections.
    public func stop() async {
        softswitch.commands.remove("memcache")
        let old = running.withLock { running in
            defer { running = nil }
            return running
        }
        old?.client.close()
    }

    private func readConfiguration() async throws -> MemcacheConfiguration {
        guard let xml = await softswitch.xml.configuration(named: Self.configuration) else {
            throw ConfigurationError("there is no \(Self.configuration)", at: nil)
        }
        var diagnostics: [Diagnostic] = []
        let configuration = try MemcacheConfiguration(xml: xml, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity >= .warning {
            softswitch.logger.warning("\(diagnostic)", metadata: ["module": "mod_memcache"])
        }
        return configuration
    }

    private func apply(_ configuration: MemcacheConfiguration) {
        let client = MemcachedClient(
            configuration.servers,
            configuration.distribution,
            wire: configuration.wire,
            credentials: configuration.credentials
        ) { [logger = softswitch.logger] change in
            logger.log(level: change.fault == nil ? .notice : .error, "\(change)", metadata: ["module": "mod_memcache"])
        }
        client.warm()
        let old = running.withLock { running in
            defer { running = Running(configuration: configuration, client: client) }
            return running
        }
        old?.client.close()
    }
}
