import ArgumentParser
import Base
import Cache
import Database
import DatabaseBalancer
import Glibc
import HTTPTransport
import Logging
import Logs
import SwitchCore
import UnixSignals
import XMLConfig
import XMLHandler

/// `tandem xml-handler`: FusionPBX's tables for switches on other machines, over HTTP.
struct XMLHandlerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xml-handler",
        abstract: "Answers switches that ask with mod_xml_curl, from FusionPBX's tables.",
        discussion: """
            The database, the directories and the options are those of FusionPBX's config.conf. /healthz says whether \
            the database answers, /metrics what was asked. SIGHUP reads the certificate anew.
            """
    )

    @Option(help: "FusionPBX's config.conf; \(FusionPBXSettings.usualPath) otherwise.")
    var configFile: String?

    @Option(help: "A database in the place of the one that the file names.")
    var dsn: String?

    @Option(help: "The switches' core database, in the place of database.1 of the file, for xml_handler.fs_path.")
    var coreDsn: String?

    @Flag(help: "Answers modules.conf, too, from v_modules.")
    var modules = false

    @Option(help: "A file with balancers (balancer.conf.xml), for a database that is called balancer://<name>.")
    var balancerConf: String?

    @Option(help: "The address to listen on.")
    var listenIp = "127.0.0.1"

    @Option(help: "The port to listen on.")
    var listenPort = 9283

    @Option(help: "A network that may ask, beside this machine (192.0.2.0/24). May be repeated.")
    var allow: [String] = []

    @Option(help: "A file with what clients have to show: user:password, or \"Bearer\" and a token, one a line.")
    var credentials: String?

    @Option(help: "A file with the certificate that is shown, and those of the authorities between (PEM).")
    var tlsCertificate: String?

    @Option(help: "A file with the certificate's key (PEM).")
    var tlsKey: String?

    @Option(help: "How many statements are carried out at once.")
    var connections = 16

    @Option(help: "How long a statement may take, in seconds.")
    var timeout = 5

    @Flag(help: "Makes every document anew, and keeps none.")
    var noCache = false

    @Flag(help: "Neither tells other nodes through the database what is to be forgotten, nor hears it from them.")
    var noSharedDeletes = false

    @Option(help: "For how many seconds a document counts.")
    var cacheSeconds = 3600

    @OptionGroup(title: "Those who ask for what there is not") var unknown: UnknownOptions

    @OptionGroup(title: "memcached") var memcache: MemcacheOptions

    @Option(help: "How many clients may be connected at once.")
    var clients = 256

    @Flag(help: "No line in the log for each request.")
    var quiet = false

    @Option(help: "debug, info, notice, warning, err or crit.")
    var logLevel = "info"

    func run() async throws {
        guard let level = LogLevel(logLevel) else { throw ValidationError("--log-level is not a log level") }
        let networks = try allowedNetworks()
        let shown = try readCredentials()
        let tls = try readCertificate()
        let keeping = try readKeeping()
        let installation = try HandlerInstallation(
            file: configFile,
            dataSource: dsn,
            coreDataSource: coreDsn,
            directory: DirectoryOptions.absolute(".")
        )
        let outputs = LogOutputs()
        let terminal = TerminalLog(outputs, level: level)
        let logger = Logger(label: "xml-handler") { _ in OutputsLogHandler(outputs, clock: Assembly.microseconds) }
        for sentence in installation.withoutEffect { logger.warning("\(sentence)") }
        if shown == nil, !allow.isEmpty { logger.warning("clients have to show nothing: documents hold passwords") }
        if tls == nil, !allow.isEmpty { logger.warning("nothing is encrypted: documents hold passwords") }
        var limits = PoolSettings(connections: max(connections, 1))
        limits.deadline = .seconds(max(timeout, 1))
        let balancers = try BalancerFile(balancerConf).balancers(logger)
        let opened = try OpenDatabase(installation.database, limits, balancers: balancers)
        let core = installation.openCore(balancers: balancers) { logger.warning("\($0)") }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let client = keeping.makeClient(logger)
        let faults = FaultLog(logger)
        let handler = makeHandler(installation, opened.source, core, logger)
        let deletes = keeping.makeDeleteTable(in: opened.source, logger)
        let settled = keeping.settled(isBalanced: opened.pool == nil)
        let documents = settled.source(handler, in: client, sharing: deletes) { faults.tell($0) }
        let follower = Task { await documents.followOthers() }
        let service = makeService(documents, opened, shown, logger)
        let server = makeServer(service, tls, networks)
        do {
            try await server.start(address: listenIp, port: listenPort)
            logger.notice("listening on \(listenIp) port \(server.port ?? listenPort)")
            for await signal in signals {
                guard signal == .sighup else { break }
                renewCertificate(of: server, logger)
            }
            logger.notice("stopping")
        } catch {
            logger.error("cannot listen on \(listenIp) port \(listenPort): \(error)")
        }
        await server.stop()
        follower.cancel()
        await follower.value
        await documents.settleDebts()
        client?.close()
        await opened.close()
        await core?.close()
        await balancers.close()
        await terminal.stop()
    }

    // MARK: - What it is made of

    private func makeHandler(
        _ installation: HandlerInstallation,
        _ source: any DataSource,
        _ core: OpenDatabase?,
        _ logger: Logger
    ) -> XMLHandler {
        var options = HandlerOptions(hostName: LocalAddresses.hostName()) {
            var generator = SystemRandomNumberGenerator()
            return RandomToken.hex(bytes: 16, using: &generator)
        }
        options.fileExists = { access($0, F_OK) == 0 }
        options.answersModules = modules
        options.nodes = core.map {
            let tables = DatabaseTables($0.source, within: UserNodes.patience)
            return UserNodes(tables, $0.source.dialect) { logger.warning("\($0)") }
        }
        installation.apply(to: &options)
        return XMLHandler(DatabaseTables(source), options: options)
    }

    private func makeService(
        _ documents: DocumentSource,
        _ database: OpenDatabase,
        _ credentials: HandlerCredentials?,
        _ logger: Logger
    ) -> HTTPService {
        let service = HandlerService(
            documents,
            credentials: credentials,
            logger: logger,
            isHealthy: { await database.answers },
            families: { database.pool?.families ?? [] }
        )
        var http = HTTPService(
            methods: ["GET", "HEAD", "POST", "DELETE"],
            limits: HandlerService.limits(clients: max(clients, 1))
        ) { await service.answer($0) }
        if !quiet { http.note = { logger.info("\(HandlerService.line(for: $0))") } }
        return http
    }

    private func makeServer(_ service: HTTPService, _ tls: ServerTLS?, _ networks: [IPPrefix]) -> HTTPServer {
        let refusal = HTTPPage(.forbidden, "this address is not among those of --allow")
        return HTTPServer(service, threads: Self.threads, tls: tls, refusal: refusal) { address in
            address.isLoopback || networks.contains { $0.contains(address) }
        }
    }

    /// Reading and writing is little beside the database and the documents.
    private static let threads = 2

    private func allowedNetworks() throws -> [IPPrefix] {
        try allow.map { text in
            guard let network = IPPrefix(text) else { throw ValidationError("--allow: \"\(text)\" is not a network") }
            return network
        }
    }

    private func readCertificate() throws -> ServerTLS? {
        switch (tlsCertificate, tlsKey) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return try ServerTLS(certificate: certificate, key: key)
        default: throw ValidationError("--tls-certificate and --tls-key belong together")
        }
    }

    private func renewCertificate(of server: HTTPServer, _ logger: Logger) {
        do {
            guard let tls = try readCertificate() else { return }
            server.renew(tls)
            logger.notice("the certificate is read anew")
        } catch {
            logger.error("the certificate stays as it is: \(error)")
        }
    }

    private func readKeeping() throws -> KeepingSettings {
        var keeping = KeepingSettings()
        (keeping.isOn, keeping.sharesDeletes) = (!noCache, !noSharedDeletes)
        try memcache.apply(to: &keeping)
        unknown.apply(to: &keeping.cache)
        keeping.cache.lifetime = .seconds(min(max(cacheSeconds, 1), 30 * 24 * 3600))
        return keeping
    }

    /// How long a file with credentials may be, in bytes.
    static let credentialsLimit = 65_536

    private func readCredentials() throws -> HandlerCredentials? {
        guard let credentials else { return nil }
        let bytes = try LocalFiles().contents(of: credentials, limit: Self.credentialsLimit)
        let shown = HandlerCredentials(String(decoding: bytes, as: UTF8.self))
        guard !shown.isEmpty else { throw ValidationError("--credentials: \(credentials) has no line") }
        return shown
    }
}

extension OpenDatabase {
    /// Whether the database answers at the moment.
    fileprivate var answers: Bool {
        get async { (try? await source.query("SELECT 1 AS one", within: .seconds(2))) != nil }
    }
}

extension DatabasePool {
    /// What the pool is doing, for those who watch over it.
    fileprivate var families: [MetricFamily] {
        let status = status
        let states = [("busy", status.busy), ("idle", status.idle)]
        return [
            MetricFamily(
                "database_connections",
                .gauge,
                "Connections to the database.",
                states.map { Metric.Sample(Double($0.1), [("state", $0.0)]) }
            ),
            MetricFamily("database_waiting", .gauge, "Statements that wait for a connection.", count: status.waiting),
            MetricFamily(
                "database_failures",
                .counter,
                "How often no connection could be opened.",
                count: status.failedToOpen
            ),
        ]
    }
}
