import Applications
import ArgumentParser
import Base
import Commands
import ConfigurationCheck
import Glibc
import SwitchCore
import XMLConfig

/// `tandem check`: reads a configuration tree and says what is wrong with it, without starting anything.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads a configuration tree and reports what is wrong or not supported.",
        discussion: "The exit status is 1 when there are errors, 0 otherwise."
    )

    @Argument(help: "The directory that freeswitch.xml is in.")
    var directory: String

    @Flag(help: "Only errors and warnings, no notes.")
    var quiet = false

    func run() async throws {
        let conf = DirectoryOptions.absolute(directory)
        var directories = Directories(base: "/nonexistent")
        directories.conf = conf
        let builtIn =
            directories.globals + [
                ("hostname", "localhost"), ("switchname", "localhost"), ("local_ip_v4", "127.0.0.1"),
                ("local_ip_v6", "::1"), ("nat_type", "none"), ("core_uuid", RandomToken.uuid()),
            ]
        let source = FileConfigurationSource(path: conf + "/freeswitch.xml")
        let findings: [Diagnostic]
        do {
            let loaded = try source.load(globals: GlobalVariables(builtIn))
            findings = loaded.diagnostics + ConfigurationCheck(known: KnownHere.names).run(on: loaded.root)
        } catch {
            findings = error.diagnostics
        }
        report(findings)
        if findings.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
    }

    private func report(_ findings: [Diagnostic]) {
        for finding in findings where !quiet || finding.severity > .note { print(finding) }
        let count = { (severity: Diagnostic.Severity) in findings.count { $0.severity == severity } }
        print("\(count(.error)) errors, \(count(.warning)) warnings, \(count(.note)) notes")
    }
}

/// What this program has, for the check.
enum KnownHere {
    static let names = KnownNames(
        modules: Set(StandardModules.names),
        applications: Dictionary(
            ApplicationsModule.applications.map { ($0.name, $0.traits.contains(.inline)) }
        ) { first, _ in first },
        commands: Set(CommandsModule.commands { nil }.map(\.name)).union(["sofia", "sofia_contact"]),
        endpoints: ["user", "group", "error", "sofia", "loopback"],
        configurations: ["switch.conf", "modules.conf", "sofia.conf", "acl.conf"]
    )
}
