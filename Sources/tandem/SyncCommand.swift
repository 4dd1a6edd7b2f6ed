import ArgumentParser
import Base
import FileSync
import Logging
import Logs
import SwitchCore
import UnixSignals
import XMLConfig

/// `tandem sync`: the same files on several nodes.
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Keeps folders the same on several nodes.",
        discussion: """
            What is configured is in autoload_configs/file_sync.conf.xml. Without a command the service runs in the \
            foreground; SIGHUP has it read its configuration anew. The other commands ask a service that runs, also one \
            in a switch.
            """,
        subcommands: [
            SyncRunCommand.self, SyncInitCommand.self, SyncStatusCommand.self, SyncScanCommand.self,
            SyncPauseCommand.self, SyncResumeCommand.self, SyncExplainCommand.self, SyncVerifyCommand.self,
            SyncContinueCommand.self,
            SyncDeletionsCommand.self,
        ],
        defaultSubcommand: SyncRunCommand.self
    )
}

/// Where the configuration is.
struct SyncOptions: ParsableArguments {
    /// How long an answer may take, if no look at all files is what was asked for.
    static let patience = Duration.seconds(30)

    @Option(help: "The directory that freeswitch.xml is in.")
    var conf = "conf"

    @Option(help: "The directory that the others are below.")
    var base = "var"

    /// The element with the configuration; `nil` where there is none.
    func node() throws -> (node: XMLNode?, diagnostics: [Diagnostic]) {
        let loaded = try ConfigurationTree.load(conf, base: base, isOfThisMachine: true)
        let section = loaded.root.firstChild(named: "section", where: "name", equals: "configuration")
        let node = section?.firstChild(named: "configuration", where: "name", equals: FileSyncConfiguration.name)
        return (node, loaded.diagnostics)
    }

    /// The configuration.
    func read() throws -> (configuration: FileSyncConfiguration, diagnostics: [Diagnostic]) {
        let (found, loading) = try node()
        guard let found else {
            throw ValidationError("there is no configuration \(FileSyncConfiguration.name) in \(conf)")
        }
        var diagnostics = loading
        let name = LocalAddresses.hostName()
        let configuration = try FileSyncConfiguration(xml: found, node: name, diagnostics: &diagnostics)
        return (configuration, diagnostics)
    }

    /// One of the settings, whatever is wrong with the rest; `nil` where it is not there, or empty.
    func setting(_ name: String) throws -> String? {
        guard let node = try node().node else { return nil }
        return ParameterList(settingsOf: node)[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Has a running service carry out a command, and prints what it says.
    ///
    /// - Parameter patience: How long that may take.
    func ask(_ words: [String], patience: Duration = SyncOptions.patience) throws {
        guard let path = try setting("control-socket") else {
            throw ValidationError("\(FileSyncConfiguration.name) names no control-socket")
        }
        guard let connection = LineConnection(path: path) else {
            throw ValidationError("nobody listens at \(path)")
        }
        let line = words.joined(separator: " ") + "\n"
        let answer = connection.ask(Array(line.utf8), until: .now + patience)
        guard let value = JSONValue(parsing: answer ?? []), let text = value["text"]?.text else {
            throw ValidationError("no answer comes from \(path)")
        }
        print(text, terminator: "")
        if value["ok"]?.truth != true { throw ExitCode(1) }
    }
}

/// `tandem sync run`, which is what `tandem sync` does.
struct SyncRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Runs the service (the default).")

    @OptionGroup var options: SyncOptions

    @Option(help: "debug, info, notice, warning, err or crit.")
    var logLevel = "info"

    func run() async throws {
        Heap.configure()
        guard let level = LogLevel(logLevel) else { throw ValidationError("--log-level is not a log level") }
        let (configuration, diagnostics) = try options.read()
        let outputs = LogOutputs()
        let terminal = TerminalLog(outputs, level: level)
        let logger = Logger(label: "sync") { _ in OutputsLogHandler(outputs, clock: Assembly.microseconds) }
        for diagnostic in diagnostics where diagnostic.severity > .note { logger.warning("\(diagnostic)") }
        let service = try FileSyncService(configuration, logger: logger)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        var isStarted = true
        do {
            try await service.start()
            for await signal in signals {
                guard signal == .sighup else { break }
                await reload(service, logger)
            }
            logger.notice("stopping")
        } catch {
            logger.error("\(error)")
            isStarted = false
        }
        await service.stop()
        await terminal.stop()
        if !isStarted { throw ExitCode(1) }
    }

    private func reload(_ service: FileSyncService, _ logger: Logger) async {
        await renewConfiguration(logger) {
            let (configuration, diagnostics) = try options.read()
            for diagnostic in diagnostics where diagnostic.severity > .note { logger.warning("\(diagnostic)") }
            await service.reload(configuration)
            logger.notice("the configuration was reloaded")
        }
    }
}

/// `tandem sync init`.
struct SyncInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Makes this node's key and certificate, and prints what the others have to know.",
        discussion: "Name and file are those of file_sync.conf.xml where no options are given."
    )

    @OptionGroup var options: SyncOptions

    @Option(help: "What this node is called.")
    var name: String?

    @Option(help: "The file with key and certificate.")
    var certificate: String?

    @Flag(help: "Makes new ones where there are some; all peers have to be told the new fingerprint then.")
    var force = false

    func run() async throws {
        let text = name ?? (try? options.setting("node-name")) ?? LocalAddresses.hostName()
        guard let node = NodeName(text) else {
            throw ValidationError("\(text) cannot be the name of a node; use --name")
        }
        let usual = DirectoryOptions.absolute(options.base) + "/certs/file_sync.pem"
        let path = certificate ?? (try? options.setting("certificate")) ?? usual
        let fingerprint = try NodeIdentity.make(node, path: path, replacing: force)
        let address = "\(LocalAddresses.primary(.v4)):\(PeerAddress.usualPort)"
        print(
            """
            \(path)
            \(fingerprint)

            On the other nodes, in <peers> of autoload_configs/file_sync.conf.xml:
              <peer name="\(node)" address="\(address)" fingerprint="\(fingerprint)"/>
            """
        )
    }
}
