import Base
import Cache
import Database
public import DatabaseBalancer
import Glibc
import Logging
import MediaEngine
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_xml_handler`: the switch's XML comes from FusionPBX's tables, and from the files what they do not have.
public final class XMLHandlerModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_xml_handler"

    private struct Running {
        let binding: XMLRegistry.Binding
        let provider: TablesProvider
        var parts: Parts
    }

    /// What a configuration is made into, and what has to be let go of.
    private struct Parts {
        let settings: HandlerConfiguration
        let installation: HandlerInstallation
        let documents: DocumentSource
        let database: OpenDatabase
        let core: OpenDatabase?
        let client: MemcachedClient?
        let files: BlockingPool
        let follower: Task<Void, Never>

        func close() async {
            follower.cancel()
            // What it is telling the database at the moment is told again if that comes to nothing.
            await follower.value
            await documents.settleDebts()
            client?.close()
            await database.close()
            await core?.close()
            files.stop()
        }
    }

    private let softswitch: Switch
    private let balancers: Balancers
    private let logger: Logger
    private let running = Mutex<Running?>(nil)
    private let listener = ForgetListener()

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
        let parts = try makeParts(settings, try readInstallation(settings))
        let provider = TablesProvider(parts.documents)
        bind(provider, parts)
        for (key, metric) in HandlerMetrics.all(provider) { softswitch.metrics.register(metric, as: key) }
        softswitch.documentCaches.register(provider, as: Self.name)
        listener.listen(to: softswitch.events) { [weak provider] key in
            if let key { _ = await provider?.forget(key) } else { _ = await provider?.forgetAll() }
        }
        // They were read before anybody else could answer.
        await softswitch.reloadAccessLists()
    }

    /// Looks anew which tables there are, and asks the database that a changed configuration names.
    ///
    /// What is kept stays, unless the configuration is another one.
    public func reload() async throws {
        let settings = try await readConfiguration()
        let installation = try readInstallation(settings)
        guard let old = running.withLock({ $0 }) else { return }
        if old.parts.settings == settings, old.parts.installation == installation {
            old.parts.documents.lookAnew()
        } else {
            await replace(old, by: try makeParts(settings, installation))
        }
        // Profiles have the switch's variables in them, which may be others now.
        await old.provider.documents.forget("configuration:sofia.conf")
        await softswitch.reloadAccessLists()
    }

    private func replace(_ old: Running, by parts: Parts) async {
        old.provider.replace(parts.documents)
        if old.parts.settings.sections == parts.settings.sections {
            running.withLock { $0 = Running(binding: old.binding, provider: old.provider, parts: parts) }
        } else {
            bind(old.provider, parts)
            softswitch.xml.unbind(old.binding)
        }
        await old.parts.close()
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
        listener.stop()
        softswitch.documentCaches.remove(Self.name)
        await old.parts.close()
        for name in HandlerMetrics.keys { softswitch.metrics.remove(name) }
    }

    private func bind(_ provider: TablesProvider, _ parts: Parts) {
        let binding = softswitch.xml.bind(provider, named: "mod_xml_handler", to: parts.settings.sections)
        running.withLock { $0 = Running(binding: binding, provider: provider, parts: parts) }
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

    private func readInstallation(_ settings: HandlerConfiguration) throws -> HandlerInstallation {
        let installation = try HandlerInstallation(
            file: settings.settingsFile,
            dataSource: settings.dataSource,
            coreDataSource: settings.coreDataSource,
            directory: softswitch.directories.db
        )
        for sentence in installation.withoutEffect { logger.warning("\(sentence)") }
        return installation
    }

    private func makeParts(
        _ settings: HandlerConfiguration,
        _ installation: HandlerInstallation
    ) throws(DatabaseError) -> Parts {
        let globals = softswitch.xml.globals
        var options = HandlerOptions(hostName: globals["hostname"] ?? "localhost") {
            var generator = SystemRandomNumberGenerator()
            return RandomToken.hex(bytes: 16, using: &generator)
        }
        options.switchName = globals["switchname"]
        options.soundsDirectory = softswitch.directories.sounds
        options.recordingsDirectory = softswitch.directories.recordings
        options.globalVariable = { globals[$0] }
        options.fileExists = { access($0, F_OK) == 0 }
        // Those of the switch have calls to play and record.
        let files = BlockingPool(threads: 1, queueLimit: Self.filesLimit)
        options.fileDigest = { path in
            let digest: String?? = await files.run { KeptFile.digest(of: path, limit: MenuRecordings.lengthLimit) }
            return digest ?? nil
        }
        options.keepFile = keeper(on: files)
        options.answersModules = settings.answersModules
        installation.apply(to: &options)
        let database = try OpenDatabase(installation.database, settings.pool, balancers: balancers)
        let core = installation.openCore(balancers: balancers) { logger.warning("\($0)") }
        options.nodes = core.map { [logger] in
            let tables = DatabaseTables($0.source, within: UserNodes.patience)
            return UserNodes(tables, $0.source.dialect) { logger.warning("\($0)") }
        }
        let faults = FaultLog(logger)
        let client = settings.keeping.makeClient(logger)
        let handler = XMLHandler(DatabaseTables(database.source), options: options)
        let keeping = settings.keeping.settled(isBalanced: database.pool == nil)
        let deletes = keeping.makeDeleteTable(in: database.source, logger)
        let documents = keeping.source(handler, in: client, sharing: deletes) { faults.tell($0) }
        return Parts(
            settings: settings,
            installation: installation,
            documents: documents,
            database: database,
            core: core,
            client: client,
            files: files,
            follower: Task { await documents.followOthers() }
        )
    }

    /// How many files may wait to be read and written.
    private static let filesLimit = 256

    /// What makes files of recordings that the database holds, on a thread that may wait for the disk.
    private func keeper(on files: BlockingPool) -> @Sendable (String, [UInt8]) async -> Void {
        { [logger] path, content in
            let outcome: KeptFile.Outcome? = await files.run { KeptFile.keep(path, content) }
            switch outcome {
            case .same: break
            case .written: logger.info("written from the database: \(path)")
            case .failed(let reason): logger.warning("a recording of the database cannot be written: \(reason)")
            case nil: logger.warning("a recording of the database is not written, the disk is behind: \(path)")
            }
        }
    }
}
