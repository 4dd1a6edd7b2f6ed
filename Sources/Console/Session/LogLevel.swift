import Base

/// The levels of log lines, by FreeSWITCH's numbers: the smaller, the worse.
public enum ConsoleLogLevel: Int, CaseIterable, Sendable {
    case console, alert, critical, error, warning, notice, info, debug

    /// The name in commands: `debug`.
    public var name: String {
        switch self {
        case .console: "console"
        case .alert: "alert"
        case .critical: "crit"
        case .error: "err"
        case .warning: "warning"
        case .notice: "notice"
        case .info: "info"
        case .debug: "debug"
        }
    }

    /// A level by its name or number.
    public init?(_ text: some StringProtocol) {
        if let number = Int(text) {
            self.init(rawValue: number)
        } else if let level = Self.allCases.first(where: { $0.name.equalsIgnoringASCIICase(text) }) {
            self = level
        } else {
            return nil
        }
    }

    /// How a terminal is told to show lines of the level; the colours are those that operators know.
    var escape: String {
        switch self {
        case .console: ""
        case .alert, .critical, .error: "\u{1B}[31m"
        case .warning: "\u{1B}[35m"
        case .notice: "\u{1B}[36m"
        case .info: "\u{1B}[32m"
        case .debug: "\u{1B}[33m"
        }
    }
}
