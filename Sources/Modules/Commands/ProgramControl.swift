/// What commands may ask of the program that the switch runs in.
public struct ProgramControl: Sendable {
    /// Reloads the configuration and gives what went wrong, or `nil`.
    public var reload: @Sendable () async -> String?
    /// Ends the program in good order.
    public var stop: @Sendable () -> Void
    /// Whether commands may run shell commands.
    public var allowsShell: Bool

    /// What a program offers; without more than a way to reload, it cannot be stopped by a command.
    public init(
        reload: @escaping @Sendable () async -> String?,
        stop: @escaping @Sendable () -> Void = {},
        allowsShell: Bool = false
    ) {
        (self.reload, self.stop, self.allowsShell) = (reload, stop, allowsShell)
    }
}
