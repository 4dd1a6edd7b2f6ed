import ArgumentParser
import Base
import Database
import DatabaseBalancer
import Glibc
import Logging
import Logs
import SmartDNS
import SwitchCore
import UnixSignals
import XMLConfig

/// `tandem dns`: the smart DNS.
struct DNSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns",
        abstract: "Answers names with the data center that reaches the asker's network best.",
        subcommands: [DNSRunCommand.self, DNSCheckCommand.self, DNSExplainCommand.self, DNSPipeCommand.self]
    )
}

/// The configuration of the smart DNS, from a tree of configuration.
enum SmartDNSTree {
    static func read(
        _ conf: String
    ) throws -> (node: XMLNode, diagnostics: [Diagnostic], balancers: BalancerFile) {
        let loaded = try ConfigurationTree.load(conf, isOfThisMachine: true)
        let section = loaded.root.firstChild(named: "section", where: "name", equals: "configuration")
        guard let node = section?.firstChild(named: "configuration", where: "name", equals: "smart_dns.conf") else {
            throw ValidationError("there is no configuration smart_dns.conf in \(conf)")
        }
        let balancers = section?.firstChild(
            named: "configuration",
            where: "name",
            equals: BalancerConfiguration.name
        )
        return (node, loaded.diagnostics, BalancerFile(balancers))
    }

    /// Opens what the configuration names, with its tables.
    static func open(_ node: XMLNode, _ balancers: Balancers, _ logger: Logger) throws -> LiveConfiguration {
        try LiveConfiguration(node, balancers, directory: DirectoryOptions.absolute("."), logger: logger)
    }
}

/// `tandem dns run`.
struct DNSRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Listens for questions, and for PowerDNS.",
        discussion:
            "What is configured is in autoload_configs/smart_dns.conf.xml, which SIGHUP has read anew, and in tables."
    )

    @Option(help: "The directory that freeswitch.xml is in.")
    var conf = "conf"

    @Option(help: "debug, info, notice, warning, err or crit.")
    var logLevel = "info"

    func run() async throws {
        guard let level = LogLevel(logLevel) else { throw ValidationError("--log-level is not a log level") }
        let (node, diagnostics, balancers) = try SmartDNSTree.read(conf)
        let outputs = LogOutputs()
        let terminal = TerminalLog(outputs, level: level)
        let logger = Logger(label: "dns") { _ in OutputsLogHandler(outputs, clock: Assembly.microseconds) }
        for diagnostic in diagnostics where diagnostic.severity > .note { logger.warning("\(diagnostic)") }
        let known = balancers.balancers(logger)
        let live = try SmartDNSTree.open(node, known, logger)
        var settings = try await live.begin()
        settings.node = settings.node ?? LocalAddresses.hostName()
        let shared = try SharedKnowledge(settings, known, directory: DirectoryOptions.absolute("."), logger: logger)
        let service = SmartDNSService(settings, shared: shared, logger: logger)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        var isStarted = true
        do {
            try await service.start()
            ServiceNotice.ready()
            let work = Task { await service.run() }
            let tables = Task { await live.follow { service.reload($0) } }
            for await signal in signals {
                guard signal == .sighup else { break }
                await reload(live, service, logger)
            }
            for task in [work, tables] { task.cancel() }
            for task in [work, tables] { await task.value }
            logger.notice("stopping")
        } catch {
            logger.error("cannot listen: \(error)")
            isStarted = false
        }
        await service.stop()
        await live.close()
        await known.close()
        await terminal.stop()
        if !isStarted { throw ExitCode(1) }
    }
}

extension DNSRunCommand {
    private func reload(_ live: LiveConfiguration, _ service: SmartDNSService, _ logger: Logger) async {
        await renewConfiguration(logger) {
            let (node, diagnostics, _) = try SmartDNSTree.read(conf)
            for diagnostic in diagnostics where diagnostic.severity > .note { logger.warning("\(diagnostic)") }
            try await live.replace(node) { service.reload($0) }
        }
    }
}

/// `tandem dns check`.
struct DNSCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads the configuration of the smart DNS, and that of PowerDNS before it.",
        discussion: "The exit status is 0 when there is nothing to say, 1 otherwise."
    )

    @Option(help: "The directory that freeswitch.xml is in.")
    var conf = "conf"

    @Option(help: "PowerDNS's pdns.conf.")
    var pdns: String?

    private static let limit = 1 << 20

    func run() async throws {
        var sentences: [String] = []
        do {
            let (node, diagnostics, balancers) = try SmartDNSTree.read(conf)
            sentences += diagnostics.filter { $0.severity > .note }.map { "\($0)" }
            sentences += try await warnings(node, balancers)
        } catch let error as ConfigurationError {
            sentences += error.diagnostics.map { "\($0)" }
        }
        if let pdns {
            let bytes = try LocalFiles().contents(of: pdns, limit: Self.limit)
            sentences += PowerDNSSettings(String(decoding: bytes, as: UTF8.self)).warnings.map { "\(pdns): \($0)" }
        }
        for sentence in sentences { print(sentence) }
        if !sentences.isEmpty { throw ExitCode(1) }
    }

    /// What there is to say about the configuration with its tables.
    private func warnings(_ node: XMLNode, _ balancers: BalancerFile) async throws -> [String] {
        let known = balancers.balancers(Logger(label: "dns") { _ in SwiftLogNoOpLogHandler() })
        let live = try SmartDNSTree.open(node, known, Logger(label: "dns") { _ in SwiftLogNoOpLogHandler() })
        let result: Result<[String], any Error>
        do {
            result = .success(try await live.check().filter { $0.severity > .note }.map { "\($0)" })
        } catch {
            result = .failure(error)
        }
        await live.close()
        await known.close()
        do {
            return try result.get()
        } catch let error as DatabaseError {
            return ["zones-dsn: \(error)"]
        }
    }
}

/// `tandem dns explain`.
struct DNSExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Asks a running smart DNS why somebody gets what they get.",
        discussion: "Other words than a name and a network are commands: status, drain CENTER, undrain CENTER."
    )

    @Option(help: "The directory that freeswitch.xml is in.")
    var conf = "conf"

    @Argument(help: "A name, and a network or an address; or a command.")
    var words: [String]

    private static let patience = Duration.seconds(10)

    func run() async throws {
        var diagnostics: [Diagnostic] = []
        let settings = try SmartDNSConfiguration(xml: SmartDNSTree.read(conf).node, diagnostics: &diagnostics)
        guard let path = settings.backendSocket else {
            throw ValidationError("smart_dns.conf names no backend-socket")
        }
        let isCommand = words.count == 1 || ["drain", "undrain", "observe"].contains(words.first)
        let command = (isCommand ? words : ["explain"] + words).joined(separator: " ")
        let question = JSONText.object(json: [
            ("method", "\"directBackendCmd\""), ("parameters", JSONText.object([("query", command)])),
        ])
        guard let connection = LineConnection(path: path) else {
            throw ValidationError("nobody listens at \(path)")
        }
        let answer = connection.ask(Array((question + "\n").utf8), until: .now + Self.patience)
        guard let text = JSONValue(parsing: answer ?? [])?["result"]?.text else {
            throw ValidationError("no answer comes from \(path)")
        }
        print(text, terminator: "")
        if text.hasPrefix("-") { throw ExitCode(1) }
    }
}
