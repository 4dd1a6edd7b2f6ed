/// What commands may ask of the program that the switch runs in.
public struct ProgramControl: Sendable {
    /// Reloads the configuration and gives what went wrong, or `nil`.
    public var reload: @Sendable () async -> String?
    /// Ends the program in good order.
    public var end: @Sendable (Ending) -> Void
    /// Whether commands may run shell commands.
    public var allowsShell: Bool

    /// What comes after the program's end.
    public enum Ending: Sendable {
        /// Nothing.
        case stop
        /// It begins anew, with the arguments that it had.
        case restart
    }

    /// What a program offers; without more than a way to reload, it cannot be ended by a command.
    public init(
        reload: @escaping @Sendable () async -> String?,
        end: @escaping @Sendable (Ending) -> Void = { _ in },
        allowsShell: Bool = false
    ) {
        (self.reload, self.end, self.allowsShell) = (reload, end, allowsShell)
    }
}
