import Base
import Database
public import DatabaseBalancer
import Glibc
import Logging
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_xml_handler`: the switch's XML comes from FusionPBX's tables, and from the files what they do not have.
public final class XMLHandlerModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_xml_handler"

    private struct Running {
        let settings: HandlerConfiguration
        let binding: XMLRegistry.Binding
        let provider: TablesProvider
        var pool: OpenDatabase
    }

    private let softswitch: Switch
    private let balancers: Balancers
    private let logger: Logger
    private let running = Mutex<Running?>(nil)

    /// The module for a switch.
    public init(_ softswitch: Switch, _ balancers: Balancers = .none) {
        (self.softswitch, self.balancers) = (softswitch, balancers)
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "mod_xml_handler"
        self.logger = logger
    }

    /// Reads `xml_handler.conf` and FusionPBX's file, and answers look-ups from now on.
    ///
    /// The database need not be there yet: as long as it is not, the files answer.
    public func start() async throws {
        let settings = try await readConfiguration()
        let (handler, pool) = try makeHandler(settings)
        let provider = TablesProvider(handler, logger: logger)
        bind(provider, settings, pool)
        softswitch.metrics.register(
            Metric("xml_handler_questions", .counter, "Look-ups that the tables were asked for.") {
                provider.counts.questions
            },
            as: "xml_handler_questions"
        )
        softswitch.metrics.register(
            Metric("xml_handler_failures", .counter, "Look-ups that the tables could not answer.") {
                provider.counts.failures
            },
            as: "xml_handler_failures"
        )
        // They were read before anybody else could answer.
        await softswitch.reloadAccessLists()
    }

    /// Asks the database that a changed configuration names, and looks anew which tables it has.
    public func reload() async throws {
        let settings = try await readConfiguration()
        let (handler, pool) = try makeHandler(settings)
        guard let old = running.withLock({ $0 }) else { return await pool.close() }
        old.provider.replace(handler)
        if old.settings.sections == settings.sections {
            running.withLock {
                $0 = Running(settings: settings, binding: old.binding, provider: old.provider, pool: pool)
            }
        } else {
            bind(old.provider, settings, pool)
            softswitch.xml.unbind(old.binding)
        }
        await old.pool.close()
        await softswitch.reloadAccessLists()
    }

    /// Leaves everything to the files.
    public func stop() async {
        guard
            let old = running.withLock({ state in
                defer { state = nil }
                return state
            })
        else { return }
        softswitch.xml.unbind(old.binding)
        await old.pool.close()
        for name in ["xml_handler_questions", "xml_handler_failures"] { softswitch.metrics.remove(name) }
    }

    private func bind(_ provider: TablesProvider, _ settings: HandlerConfiguration, _ pool: OpenDatabase) {
        let binding = softswitch.xml.bind(provider, named: "mod_xml_handler", to: settings.sections)
        running.withLock {
            $0 = Running(settings: settings, binding: binding, provider: provider, pool: pool)
        }
    }

    // MARK: - What it is made of

    private func readConfiguration() async throws -> HandlerConfiguration {
        guard let xml = await softswitch.xml.configuration(named: "xml_handler.conf") else {
            return HandlerConfiguration()
        }
        var diagnostics: [Diagnostic] = []
        let settings = try HandlerConfiguration(xml: xml, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity >= .warning { logger.warning("\(diagnostic)") }
        return settings
    }

    private func makeHandler(_ settings: HandlerConfiguration) throws -> (XMLHandler, OpenDatabase) {
        let installation = try HandlerInstallation(
            file: settings.settingsFile,
            dataSource: settings.dataSource,
            directory: softswitch.directories.db
        )
        for sentence in installation.withoutEffect { logger.warning("\(sentence)") }
        let globals = softswitch.xml.globals
        var options = HandlerOptions(hostName: globals["hostname"] ?? "localhost") {
            var generator = SystemRandomNumberGenerator()
            return RandomToken.hex(bytes: 16, using: &generator)
        }
        options.soundsDirectory = softswitch.directories.sounds
        options.recordingsDirectory = softswitch.directories.recordings
        options.globalVariable = { globals[$0] }
        options.fileExists = { access($0, F_OK) == 0 }
        installation.apply(to: &options)
        let pool = try OpenDatabase(installation.database, settings.pool, balancers: balancers)
        return (XMLHandler(DatabaseTables(pool.source), options: options), pool)
    }
}
