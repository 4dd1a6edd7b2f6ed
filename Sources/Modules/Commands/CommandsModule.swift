public import SwitchCore

/// `mod_commands`: the API commands.
public final class CommandsModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_commands"

    /// Reloads the configuration and gives what went wrong, or `nil`.
    public typealias Reload = @Sendable () async -> String?

    private let softswitch: Switch
    private let reload: Reload

    /// The commands for a switch.
    public init(_ softswitch: Switch, reload: @escaping Reload) {
        (self.softswitch, self.reload) = (softswitch, reload)
    }

    /// Every command of this version.
    public static func commands(reload: @escaping Reload) -> [APICommand] {
        SwitchCommands.all(reload: reload) + ChannelCommands.all + [OriginateCommand.command]
            + DirectoryCommands.all + TextCommands.all
    }

    /// Registers the commands.
    public func start() async throws {
        for command in Self.commands(reload: reload) { softswitch.commands.register(command, as: command.name) }
    }
}
