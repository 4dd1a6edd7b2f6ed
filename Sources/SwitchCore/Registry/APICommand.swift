import Base

/// A command of the console, the event socket and `${name(arguments)}`.
public struct APICommand: Sendable {
    /// What a command does with its arguments; the text that it gives is its whole answer.
    public typealias Body = @Sendable (_ context: APIContext, _ arguments: String) async -> String

    /// The command's name.
    public let name: String
    /// The syntax of its arguments: what `-USAGE:` shows.
    public let syntax: String
    /// One line that says what it does.
    public let summary: String
    private let body: Body

    /// A command of that name.
    public init(_ name: String, syntax: String = "", summary: String, body: @escaping Body) {
        (self.name, self.syntax, self.summary, self.body) = (name, syntax, summary, body)
    }

    /// Runs it.
    ///
    /// Blanks around the arguments mean nothing, but on a line that is still being typed.
    func answer(in context: APIContext, _ arguments: String) async -> String {
        await body(context, name == "console_complete" ? arguments : arguments.trimmingBlanks)
    }

    /// The answer when arguments are missing or wrong.
    public var usage: String { "-USAGE: \(name) \(syntax)\n" }
}

/// Where a command runs: the switch, and the call that asked for it in an expansion.
public struct APIContext: Sendable {
    /// The switch.
    public let softswitch: Switch
    /// The call whose dialplan expands `${name(arguments)}`; `nil` from the console or the event socket.
    public let session: Session?

    /// A context.
    public init(_ softswitch: Switch, session: Session? = nil) {
        (self.softswitch, self.session) = (softswitch, session)
    }
}
