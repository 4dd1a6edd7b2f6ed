import Glibc

/// What the preprocessor may do beyond copying text.
public struct PreprocessorOptions: Sendable {
    /// Whether `exec` and `exec-set` run shell commands; they are refused with a warning otherwise.
    public var allowsCommands = false
    /// Whether `include` opens files.
    public var allowsIncludes = true
    /// Gives an environment variable for `env-set`.
    public var environment: @Sendable (_ name: String) -> String?
    /// Asks a STUN server for this machine's public address, for `stun-set`; the directive is refused without it.
    public var publicAddress: (@Sendable (_ host: String, _ port: UInt16) -> String?)?
    /// Runs a shell command; `nil` when it cannot be started.
    public var runCommand: @Sendable (_ command: String) -> ShellCommand.Outcome?
    /// How much the text may ask of the machine.
    public var limits = XMLLimits()

    /// The options for files of this machine, shell commands not allowed.
    public init() {
        environment = { name in unsafe getenv(name).map { unsafe String(cString: $0) } }
        runCommand = { ShellCommand.run($0) }
    }

    /// The options for a document that another machine sent: `$${…}` and `set` within the document, nothing else.
    public static var remote: PreprocessorOptions {
        var options = PreprocessorOptions()
        options.allowsIncludes = false
        options.environment = { _ in nil }
        options.limits = .remote
        return options
    }
}
