public import DatabaseBalancer
import Logging
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_cidlookup`: the command and the application `cidlookup`, which find the name of who has a number.
public final class CallerNameModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_cidlookup"
    /// The commands that it registers.
    public static let commandNames = ["cidlookup"]
    /// The applications that it registers; they may run while the dialplan is hunting.
    public static let applicationNames = ["cidlookup"]
    /// The configuration that it reads.
    static let configuration = "cidlookup.conf"

    private let softswitch: Switch
    private let balancers: Balancers
    private let logger: Logger
    private let running = Mutex<CallerNameLookup?>(nil)

    /// The module for a switch.
    public init(_ softswitch: Switch, _ balancers: Balancers) {
        (self.softswitch, self.balancers) = (softswitch, balancers)
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "\(Self.name)"
        self.logger = logger
    }

    /// Reads `cidlookup.conf` and registers the command and the application; who is asked need not be there yet.
    public func start() async throws {
        try await apply(try await readConfiguration())
        softswitch.commands.register(
            APICommand("cidlookup", syntax: CallerNameRequest.syntax, summary: "the name of who has a number") {
                [weak self] _, text in
                guard let lookup = self?.lookup else { return "-ERR not loaded\n" }
                return await lookup.answer(text)
            },
            as: "cidlookup"
        )
        softswitch.applications.register(
            Application("cidlookup", syntax: "[number [skipurl] [skipcitystate]]", [.inline, .noMedia]) {
                [weak self] session, data in
                guard let lookup = self?.lookup else { throw ApplicationError("mod_cidlookup is not loaded") }
                try await lookup.run(data, on: session)
            },
            as: "cidlookup"
        )
    }

    /// Asks as a changed `cidlookup.conf`, or other certificates of authorities, say.
    public func reload() async throws {
        let configuration = try await readConfiguration()
        guard let lookup, lookup.configuration == configuration else { return try await apply(configuration) }
        // There may be others under the same name, or none any more.
        try lookup.renewAuthorities()
    }

    /// Asks nobody any more.
    public func stop() async {
        softswitch.commands.remove("cidlookup")
        softswitch.applications.remove("cidlookup")
        await replace(with: nil)
    }

    private var lookup: CallerNameLookup? { running.withLock { $0 } }

    private func apply(_ configuration: CallerNameConfiguration) async throws {
        await replace(with: try CallerNameLookup(configuration, softswitch, balancers, logger: logger))
    }

    private func replace(with lookup: CallerNameLookup?) async {
        let old = running.withLock { running in
            defer { running = lookup }
            return running
        }
        await old?.retire()
    }

    private func readConfiguration() async throws -> CallerNameConfiguration {
        guard let xml = await softswitch.xml.configuration(named: Self.configuration) else {
            throw ConfigurationError("there is no \(Self.configuration)", at: nil)
        }
        var diagnostics: [Diagnostic] = []
        let configuration = try CallerNameConfiguration(xml: xml, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity >= .warning { logger.warning("\(diagnostic)") }
        return configuration
    }
}
