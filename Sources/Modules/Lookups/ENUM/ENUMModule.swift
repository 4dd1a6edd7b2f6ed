import Base
import Logging
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_enum`: routes for numbers from the domain name system (RFC 6116), for the application, the commands and the
/// dialplan `enum`.
public final class ENUMModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_enum"
    /// The applications that it registers, all of which may run inline.
    public static let applicationNames = ["enum"]
    /// The commands that it registers.
    public static let commandNames = ["enum", "enum_auto"]
    /// The dialplans that it registers.
    public static let dialplanNames = ["enum"]
    /// The configuration that it reads.
    static let configuration = "enum.conf"

    private let softswitch: Switch
    private let names: any NameAsking
    private let resolverFile: String
    private let logger: Logger
    private let current = Mutex(ENUMConfiguration())

    /// The module for a switch.
    public convenience init(_ softswitch: Switch) {
        self.init(softswitch, names: NameServerClient())
    }

    /// The module for a switch that asks somebody in particular.
    ///
    /// - Parameter resolverFile: Says which name servers the machine asks.
    init(_ softswitch: Switch, names: any NameAsking, resolverFile: String = "/etc/resolv.conf") {
        (self.softswitch, self.names, self.resolverFile) = (softswitch, names, resolverFile)
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "mod_enum"
        self.logger = logger
    }

    /// Reads `enum.conf` and registers what the module offers.
    public func start() async throws {
        try await apply()
        softswitch.applications.register(application, as: application.name)
        for command in commands { softswitch.commands.register(command, as: command.name) }
        softswitch.dialplans.register(ENUMDialplan(module: self), as: "enum")
    }

    /// Reads a changed `enum.conf`, where that says so (`auto-reload`).
    public func reload() async throws {
        if current.withLock({ $0.followsReloads }) { try await apply() }
    }

    /// Takes out what was registered.
    public func stop() async {
        for name in Self.applicationNames { softswitch.applications.remove(name) }
        for name in Self.commandNames { softswitch.commands.remove(name) }
        for name in Self.dialplanNames { softswitch.dialplans.remove(name) }
    }

    /// Reads the configuration; one that is wrong leaves the old one in force.
    func apply() async throws {
        guard let xml = await softswitch.xml.configuration(named: Self.configuration) else {
            throw ConfigurationError("there is no \(Self.configuration)", at: nil)
        }
        var diagnostics: [Diagnostic] = []
        let configuration = try ENUMConfiguration(xml: xml, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity >= .warning { logger.warning("\(diagnostic)") }
        current.withLock { $0 = configuration }
    }

    // MARK: - Looking up

    /// The routes for a number.
    ///
    /// - Parameters:
    ///   - root: Where the numbers are; `nil` for the configured one.
    ///   - nameServers: A list of servers that are asked in the place of the configured ones (`enum_nameserver`).
    ///   - logger: Hears which rules are left out; the module's own when it is `nil`.
    func lookUp(
        _ text: String,
        root: String?,
        nameServers: String? = nil,
        logger: Logger? = nil
    ) async throws(ENUMFault) -> ENUMAnswer {
        let configuration = current.withLock { $0 }
        let number = try ENUMNumber(text, root: root, configuration)
        var plan = configuration.plan
        let chosen = Self.servers(nameServers ?? softswitch.xml.globals["enum-server"] ?? "")
        if !chosen.isEmpty { plan.servers = chosen }
        if plan.servers.isEmpty { plan.servers = await serversOfMachine() }
        let softswitch = softswitch
        var walk = RuleWalk(number, routeRules: configuration.routes, names: names, plan: plan) { text in
            await Template(text).expand(in: StandaloneScope(softswitch))
        }
        do throws(NameServerFault) {
            try await walk.run()
        } catch {
            throw .nameServers(error)
        }
        for remark in walk.remarks {
            (logger ?? self.logger).notice("a rule is left out", metadata: ["rule": "\(remark)"])
        }
        return walk.answer
    }

    private static func servers(_ list: String) -> [IPEndpoint] {
        let servers = list.split(separator: ",").compactMap { NameServerPlan.server($0.trimmingBlanks) }
        return Array(servers.prefix(NameServerPlan.maximumServers))
    }

    /// The servers that the machine asks itself: they may change at any time.
    private func serversOfMachine() async -> [IPEndpoint] {
        let path = resolverFile
        let text = await softswitch.onFileThread {
            let bytes = try? LocalFiles().contents(of: path, limit: Self.resolverFileLimit)
            return String(decoding: bytes ?? [], as: UTF8.self)
        }
        return NameServerPlan.servers(ofMachine: text ?? "")
    }

    private static let resolverFileLimit = 64 << 10
}
