import ArgumentParser
import Base
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
    ) throws -> (configuration: SmartDNSConfiguration, diagnostics: [Diagnostic], balancers: BalancerFile) {
        let loaded = try ConfigurationTree.load(conf, isOfThisMachine: true)
        var diagnostics = loaded.diagnostics
        let section = loaded.root.firstChild(named: "section", where: "name", equals: "configuration")
        guard let node = section?.firstChild(named: "configuration", where: "name", equals: "smart_dns.conf") else {
            throw ValidationError("there is no configuration smart_dns.conf in \(conf)")
        }
        let configuration = try SmartDNSConfiguration(xml: node, diagnostics: &diagnostics)
        let balancers = section?.firstChild(
            named: "configuration",
            where: "name",
            equals: BalancerConfiguration.name
        )
        return (configuration, diagnostics, BalancerFile(balancers))
    }
}

/// `tandem dns run`.
struct DNSRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Listens for questions, and for PowerDNS.",
        discussion: "What is configured is in autoload_configs/smart_dns.conf.xml."
    )

    @Option(help: "The directory that freeswitch.xml is in.")
    var conf = "conf"

    @Option(help: "debug, info, notice, warning, err or crit.")
    var logLevel = "info"

    func run() async throws {
        guard let level = LogLevel(logLevel) else { throw ValidationError("--log-level is not a log level") }
        let (read, diagnostics, balancers) = try SmartDNSTree.read(conf)
        var settings = read
        settings.node = settings.node ?? LocalAddresses.hostName()
        let outputs = LogOutputs()
        let terminal = TerminalLog(outputs, level: level)
        let logger = Logger(label: "dns") { _ in OutputsLogHandler(outputs, clock: Assembly.microseconds) }
        for diagnostic in diagnostics where diagnostic.severity > .note { logger.warning("\(diagnostic)") }
        let known = balancers.balancers(logger)
        let directory = DirectoryOptions.absolute(".")
        let shared = try SharedKnowledge(settings, known, directory: directory, logger: logger)
        let service = SmartDNSService(settings, shared: shared, logger: logger)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        var isStarted = true
        do {
            try await service.start()
            let work = Task { await service.run() }
            for await _ in signals { break }
            work.cancel()
            await work.value
            logger.notice("stopping")
        } catch {
            logger.error("cannot listen: \(error)")
            isStarted = false
        }
        await service.stop()
        await known.close()
        await terminal.stop()
        if !isStarted { throw ExitCode(1) }
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
            sentences += try SmartDNSTree.read(conf).diagnostics.filter { $0.severity > .note }.map { "\($0)" }
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

    func run() async throws {
        guard let path = try SmartDNSTree.read(conf).configuration.backendSocket else {
            throw ValidationError("smart_dns.conf names no backend-socket")
        }
        let isCommand = words.count == 1 || ["drain", "undrain", "observe"].contains(words.first)
        let command = (isCommand ? words : ["explain"] + words).joined(separator: " ")
        let question = JSONText.object(json: [
            ("method", "\"directBackendCmd\""), ("parameters", JSONText.object([("query", command)])),
        ])
        guard let connection = BackendConnection(path: path) else {
            throw ValidationError("nobody listens at \(path)")
        }
        let answer = connection.ask(Array((question + "\n").utf8))
        guard let text = JSONValue(parsing: answer)?["result"]?.text else { throw ExitCode(1) }
        print(text, terminator: "")
        if text.hasPrefix("-") { throw ExitCode(1) }
    }
}

/// `tandem dns pipe`: PowerDNS's pipe connector starts this, and it asks the running smart DNS.
struct DNSPipeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipe",
        abstract: "Passes questions of PowerDNS's pipe connector on to a running smart DNS."
    )

    @Argument(help: "The socket (backend-socket).")
    var path: String

    func run() async throws {
        var connection: BackendConnection?
        while let line = readLine(strippingNewline: false) {
            if connection == nil { connection = BackendConnection(path: path) }
            var answer = connection?.ask(Array(line.utf8)) ?? []
            if answer.isEmpty {
                // It was started again meanwhile: a new connection, once.
                connection = BackendConnection(path: path)
                answer = connection?.ask(Array(line.utf8)) ?? []
            }
            print(answer.isEmpty ? "{\"result\":false}\n" : String(decoding: answer, as: UTF8.self), terminator: "")
            fflush(nil)
        }
    }
}

/// A connection to the socket of a running smart DNS.
final class BackendConnection {
    /// How long an answer may be, in bytes.
    private static let maximumAnswer = 16 << 20
    private let descriptor: Int32

    init?(path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
        }
        guard result == 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// The line that answers a question; empty when there is none.
    func ask(_ question: [UInt8]) -> [UInt8] {
        var sent = 0
        while sent < question.count {
            let count = question.withUnsafeBytes { buffer in
                send(
                    descriptor,
                    buffer.baseAddress?.advanced(by: sent),
                    buffer.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { return [] }
            sent += count
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while answer.last != UInt8(ascii: "\n"), answer.count < Self.maximumAnswer {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return [] }
            answer += buffer[..<count]
        }
        return answer
    }
}
