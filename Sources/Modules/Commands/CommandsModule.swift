import MediaEngine
public import SwitchCore

/// `mod_commands`: the API commands.
public final class CommandsModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_commands"

    private let softswitch: Switch
    private let control: ProgramControl
    private let threads = makeThreads()

    /// The commands for a switch.
    public init(_ softswitch: Switch, control: ProgramControl) {
        (self.softswitch, self.control) = (softswitch, control)
    }

    /// The commands for a switch in a program that can only reload.
    public convenience init(_ softswitch: Switch, reload: @escaping @Sendable () async -> String?) {
        self.init(softswitch, control: ProgramControl(reload: reload))
    }

    /// Every command of this version.
    public static var commands: [APICommand] { commands(ProgramControl(reload: { nil }), makeThreads()) }

    /// Threads for what blocks; they begin when they are needed.
    private static func makeThreads() -> BlockingPool { BlockingPool(threads: 16, queueLimit: 64) }

    private static func commands(_ control: ProgramControl, _ threads: BlockingPool) -> [APICommand] {
        let system =
            StatusCommands.all + ProgramCommands.all(control) + ModuleCommands.all(control)
            + XMLCommands.all(control) + ShellCommands.all(control, threads)
        let channels =
            CallCommands.all + MovingCommands.all + VariableCommands.all + DigitCommands.all + SoundCommands.all
            + ListeningCommands.all + LegCommands.all + TimedCommands.all + DiagnosticCommands.all
        let texts = TextCommands.all + EvaluationCommands.all + QuotingCommands.all + TimeCommands.all
        let others =
            DirectoryCommands.all + GroupCommands.all + NetworkCommands.all(threads) + SchedulingCommands.all
            + ConsoleCommands.all + CompletionCommands.all + PeopleCommands.all + [OriginateCommand.command]
        return system + channels + texts + others + [
            ShowCommand.command, TimerCommand.command, TimerCommand.sleepCommand,
        ] + AbsentCommands.all
    }

    /// Registers the commands.
    public func start() async throws {
        for command in Self.commands(control, threads) { softswitch.commands.register(command, as: command.name) }
    }

    /// Lets the threads end.
    public func stop() async {
        threads.stop()
    }
}
