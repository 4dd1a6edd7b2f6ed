extension LogLevel {
    /// How a terminal is told to show lines of the level; the colours are those that operators know.
    public var escape: String {
        switch self {
        case .console: ""
        case .alert, .crit, .err: "\u{1B}[31m"
        case .warning: "\u{1B}[35m"
        case .notice: "\u{1B}[36m"
        case .info: "\u{1B}[32m"
        case .debug: "\u{1B}[33m"
        }
    }

    /// How a terminal is told to go back to its usual colour.
    public static let plainEscape = "\u{1B}[0m"
}
