import Applications
import ArgumentParser
import Balancing
import Base
import CDR
import Commands
import ConfigurationCheck
import EventSocket
import FileSync
import FileSyncing
import Glibc
import LocalStream
import Logs
import Lookups
import Measuring
import Memcache
import Prometheus
import SmartDNS
import SwitchCore
import XMLConfig
import XMLCurl
import XMLHandler

/// `tandem check`: reads a configuration tree and says what is wrong with it, without starting anything.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads a configuration tree and reports what is wrong or not supported.",
        discussion: """
            An error cannot work as it is written. A warning is something that this version does not have, or that is \
            probably not what was meant. A note changes nothing: a parameter without effect, a trap of the dialplan.

            The exit status is 0 when there are only notes, 1 when there are errors or warnings. Nothing is written, \
            exec and exec-set are reported and not run, and stun-set asks nobody.
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Argument(help: "The directory that freeswitch.xml is in.")
    var directory: String

    @Flag(help: "Only errors and warnings, no notes.")
    var quiet = false

    @Option(help: "text or json.")
    var format = Format.text

    func run() async throws {
        let root = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        let report = CheckReport(Self.findings(in: root))
        print(format == .json ? report.json(withNotes: !quiet) : report.text(withNotes: !quiet), terminator: "")
        if !report.isClean { throw ExitCode(1) }
    }

    private static func findings(in root: String) -> [Finding] {
        do throws(ConfigurationError) {
            let loaded = try ConfigurationTree.load(root)
            return loaded.diagnostics.map { Finding(.loading, $0) }
                + ConfigurationCheck(known: KnownHere.names).run(on: loaded.root)
        } catch {
            return error.diagnostics.map { Finding(.loading, $0) }
        }
    }
}

/// A configuration tree that is only looked at.
enum ConfigurationTree {
    /// Reads the tree in a directory; nothing is run or written.
    ///
    /// - Parameters:
    ///   - base: The directory that the others are below.
    ///   - isOfThisMachine: Whether addresses and names are those of this machine, and all files have to be there.
    static func load(
        _ directory: String,
        base: String = "var",
        isOfThisMachine: Bool = false
    ) throws(ConfigurationError) -> LoadedConfiguration {
        var directories = Directories(base: DirectoryOptions.absolute(base))
        directories.conf = DirectoryOptions.absolute(directory)
        let globals = GlobalVariables(
            BuiltInVariables.all(
                directories: directories,
                hostName: isOfThisMachine ? LocalAddresses.hostName() : "localhost",
                localAddress: isOfThisMachine ? LocalAddresses.primary(.v4) : .loopbackV4
            )
        )
        var options = PreprocessorOptions()
        // An address that is nobody's (RFC 5737) stands for the one that a STUN server would tell.
        options.publicAddress = { _, _ in "192.0.2.1" }
        let source = FileConfigurationSource(
            path: directory + "/freeswitch.xml",
            options: options,
            files: isOfThisMachine ? LocalFiles() : FilesBeforeFirstStart()
        )
        return try source.load(globals: globals)
    }
}

/// The files of this machine, with the file that the first start makes as if it had been made.
private struct FilesBeforeFirstStart: ConfigurationFiles {
    private let files = LocalFiles()
    private let placeholder = "made-at-the-first-start"

    func paths(matching pattern: String) -> [String] {
        let found = files.paths(matching: pattern)
        return found.isEmpty && isPasswordFile(pattern) ? [pattern] : found
    }

    func contents(of path: String, limit: Int) throws(ConfigurationFileError) -> [UInt8] {
        do throws(ConfigurationFileError) {
            return try files.contents(of: path, limit: limit)
        } catch {
            guard isPasswordFile(path), access(path, F_OK) != 0 else { throw error }
            return Array(LocalPassword.text(placeholder, eventSocket: placeholder).utf8)
        }
    }

    private func isPasswordFile(_ path: String) -> Bool { path.hasSuffix("/" + LocalPassword.fileName) }
}

/// What this program has, for the check.
enum KnownHere {
    private static let applications: [(name: String, isInline: Bool)] = {
        var all = ApplicationsModule.applications.map { (name: $0.name, isInline: $0.traits.contains(.inline)) }
        let others = ["hash", "db", "group", "valet_park"] + EventSocketModule.applicationNames
        all += others.map { (name: $0, isInline: false) }
        let lookups = CallerNameModule.applicationNames + CurlModule.applicationNames + ENUMModule.applicationNames
        all += lookups.map { (name: $0, isInline: true) }
        return all
    }()
    private static let lookupCommands =
        CallerNameModule.commandNames + CurlModule.commandNames + ENUMModule.commandNames
    private static let lookupConfigurations =
        CallerNameCheck.configurations + CurlCheck.configurations + ENUMCheck.configurations

    static let names = KnownNames(
        modules: StandardModules.names,
        applications: applications,
        commands: (CommandsModule.commands + ApplicationsModule.commands).map(\.name)
            + ["sofia", "sofia_contact", "sofia_count_reg", "sofia_username_of"]
            + ["cdr_csv", "console", "hash", "hash_dump", "db", "group", "valet_info"]
            + BalancerModule.commandNames + FileSyncModule.commandNames + LocalStreamModule.commandNames
            + MemcacheModule.commandNames + lookupCommands
            + XMLCurlModule.commandNames,
        endpoints: ["error", "group", "loopback", "null", "pickup", "sofia", "user"],
        dialplans: ["inline", "XML"] + ENUMModule.dialplanNames,
        configurations: [
            "acl.conf", "event_socket.conf", "ivr.conf", "modules.conf", "sofia.conf", "switch.conf",
        ] + BalancerCheck.configurations + CDRCheck.configurations + LocalStreamCheck.configurations
            + LogsCheck.configurations + MeasuringCheck.configurations + MemcacheCheck.configurations
            + FileSyncCheck.configurations + PrometheusCheck.configurations + lookupConfigurations
            + SmartDNSCheck.configurations + XMLCurlCheck.configurations
            + XMLHandlerCheck.configurations
    )
}
