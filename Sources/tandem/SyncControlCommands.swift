import ArgumentParser

/// How long a look at all files may take.
private let longPatience = Duration.seconds(86_400)

/// The folder that a service is asked to do something with.
struct ChosenFolder: ParsableArguments {
    @OptionGroup var options: SyncOptions
    @Argument(help: "The folder; all without one.")
    var folder: String?

    /// Has the running service carry out a command for it.
    func ask(_ command: String, patience: Duration = SyncOptions.patience) throws {
        try options.ask([command] + (folder.map { [$0] } ?? []), patience: patience)
    }
}

/// `tandem sync status`.
struct SyncStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Says how things are.")
    @OptionGroup var options: SyncOptions
    @Flag(help: "As one JSON object.")
    var json = false

    func run() async throws { try options.ask(["status"] + (json ? ["--json"] : [])) }
}

/// `tandem sync scan`.
struct SyncScanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Looks at everything in a folder, or in all of them."
    )
    @OptionGroup var chosen: ChosenFolder

    func run() async throws { try chosen.ask("scan", patience: longPatience) }
}

/// `tandem sync pause`.
struct SyncPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract:
            "Stops exchanging anything about a folder, or all of them, until it is resumed or the service restarts."
    )
    @OptionGroup var chosen: ChosenFolder

    func run() async throws { try chosen.ask("pause") }
}

/// `tandem sync resume`.
struct SyncResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Goes on after a pause.")
    @OptionGroup var chosen: ChosenFolder

    func run() async throws { try chosen.ask("resume") }
}

/// `tandem sync explain`.
struct SyncExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says why a path is as it is: versions, who has them, and what is being done."
    )
    @OptionGroup var options: SyncOptions
    @Argument(help: "The folder.")
    var folder: String
    @Argument(help: "The path in the folder.")
    var path: String

    func run() async throws { try options.ask(["explain", folder, path]) }
}

/// `tandem sync continue`.
struct SyncContinueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "continue",
        abstract: "Puts what came of recordings of a lost node in place, and goes on with them here.",
        discussion: "What nobody goes on with for 15 seconds is taken for finished, on all nodes."
    )
    @OptionGroup var options: SyncOptions
    @Argument(help: "The folder.")
    var folder: String
    @Argument(help: "The path in the folder; without one, all files that grow on nodes which are not connected.")
    var path: String?

    func run() async throws { try options.ask(["continue", folder] + (path.map { [$0] } ?? [])) }
}

/// `tandem sync verify`.
struct SyncVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Reads all files, and compares them with what they were when they came.",
        discussion: "The exit status is 0 when none is damaged, 1 otherwise."
    )
    @OptionGroup var chosen: ChosenFolder

    func run() async throws { try chosen.ask("verify", patience: longPatience) }
}

/// `tandem sync deletions`.
struct SyncDeletionsCommand: AsyncParsableCommand {
    enum Decision: String, ExpressibleByArgument, CaseIterable {
        case accept, refuse
    }

    static let configuration = CommandConfiguration(
        commandName: "deletions",
        abstract: "Decides about deletions that are so many that they wait."
    )
    @OptionGroup var options: SyncOptions
    @Argument(help: "accept: they are meant; refuse: what was deleted comes back.")
    var decision: Decision
    @Argument(help: "The folder.")
    var folder: String

    func run() async throws { try options.ask(["deletions", decision.rawValue, folder]) }
}
