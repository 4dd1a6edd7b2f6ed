import ArgumentParser

/// The program: one command for each role.
@main
struct Tandem: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "tandem",
        abstract: "An XML-configured softswitch that follows FreeSWITCH's conventions.",
        version: version,
        subcommands: [
            RunCommand.self, ConsoleCommand.self, XMLHandlerCommand.self, DatabaseBalancerCommand.self,
            DNSCommand.self, SyncCommand.self, MigrateCommand.self, CheckCommand.self, BenchCommand.self,
        ]
    )
}
