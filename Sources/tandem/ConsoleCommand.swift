import ArgumentParser
import Base
import Console
import Glibc
import XMLConfig

/// `tandem cli`: the console, as `fs_cli`.
struct ConsoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cli",
        abstract: "The console of a running switch, through its event socket.",
        discussion: """
            The address and the password come from the command line, or from a profile of ~/.fs_cli_conf or \
            /etc/fs_cli.conf: sections of lines "name => value" with host, port, user, password, loglevel, quiet, \
            timeout and connect-timeout. \
            Without either, the password that the switch made at its first start is taken from \
            conf/\(LocalPassword.fileName), when it can be read.
            """
    )

    @Argument(help: "A profile of the file.")
    var profile: String?

    @Option(name: [.customShort("H"), .long], help: "The switch's host.")
    var host: String?

    @Option(name: [.customShort("P"), .long], help: "The event socket's port.")
    var port: UInt16?

    @Option(name: [.customShort("u"), .long], help: "user@domain, to use the esl-password of a directory user.")
    var user: String?

    @Option(name: [.customShort("p"), .long], help: "The password.")
    var password: String?

    @Option(name: [.customShort("x"), .long], help: "Run a command, print its answer and end; may be repeated.")
    var execute: [String] = []

    @Option(name: [.customShort("t"), .long], help: "How long -x waits for an answer, in milliseconds; 0 for ever.")
    var timeout: Int32?

    @Option(name: [.customShort("T"), .long], help: "How long connecting may take, in milliseconds; 0 for ever.")
    var connectTimeout: Int32?

    @Option(name: [.customShort("l"), .long], help: "The log lines to show: debug to console, or 7 to 0.")
    var loglevel: String?

    @Flag(name: [.customShort("q"), .long], help: "Show no log lines.")
    var quiet = false

    @Flag(name: [.customShort("n"), .long], help: "No colours.")
    var noColor = false

    @Option(help: "The configuration directory whose password is used when no other is known.")
    var conf = "conf"

    func run() throws {
        var options = ConsoleClient.Options()
        options.profile = try chosenProfile()
        options.commands = execute
        if noColor { options.colors = false }
        options.historyFile = Self.historyFile
        let client: ConsoleClient
        do {
            client = try ConsoleClient(options)
        } catch {
            let place = "\(options.profile.host) port \(options.profile.port)"
            throw Self.failed("cannot connect to \(place): \(error)", status: 255)
        }
        switch client.run() {
        case .done: return
        case .failed(let why): throw Self.failed(why, status: 255)
        case .unanswered: throw Self.failed("the switch does not answer", status: 254)
        }
    }

    /// Says what went wrong, for a status that scripts know from `fs_cli`.
    private static func failed(_ why: String, status: Int32) -> ExitCode {
        _ = DescriptorOutput.write(Array("Error: \(why)\n".utf8), to: STDERR_FILENO)
        return ExitCode(status)
    }

    private func chosenProfile() throws -> ConsoleProfile {
        var chosen = try profileOfFiles()
        if let host { chosen.host = host }
        if let port { chosen.port = port }
        if let user { chosen.user = user }
        if let password { chosen.password = password }
        if let timeout { chosen.timeout = max(timeout, 0) }
        if let connectTimeout { chosen.connectTimeout = max(connectTimeout, 0) }
        if let loglevel {
            guard let level = LogLevel(loglevel) else { throw ValidationError("\(loglevel) is no log level") }
            chosen.logLevel = level
        }
        if quiet { chosen.logLevel = nil }
        if chosen.password == nil { chosen.password = LocalPassword.eventSocketPassword(in: conf) }
        guard chosen.password != nil else { throw Failure("no password is known: give one with -p, or see --help") }
        return chosen
    }

    /// Where the lines that somebody typed are kept, here and in the foreground.
    static var historyFile: String? { home.map { $0 + "/.tandem_cli_history" } }

    private static var home: String? { getenv("HOME").map { String(cString: $0) } }

    private func profileOfFiles() throws -> ConsoleProfile {
        for path in [Self.home.map { $0 + "/.fs_cli_conf" }, "/etc/fs_cli.conf"].compactMap(\.self) {
            guard let text = LocalFiles().text(of: path) else { continue }
            do throws(ConsoleProfile.Failure) {
                if let found = try ConsoleProfile().reading(profile ?? "default", from: text) { return found }
            } catch {
                throw Failure("\(path): \(error)")
            }
        }
        if let profile { throw Failure("there is no profile \(profile) in ~/.fs_cli_conf or /etc/fs_cli.conf") }
        return ConsoleProfile()
    }

    /// An error that is printed without the list of options.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }
}
