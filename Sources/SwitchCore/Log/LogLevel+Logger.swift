public import Base
public import Logging

extension LogLevel {
    /// The level of a line of the log.
    public init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace, .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .err
            case .critical: .crit
            }
    }

    /// The least important level of the log that is within this one; `nil` when none is.
    public var logLevel: Logger.Level? {
        switch self {
        case .console, .alert: nil
        case .crit: .critical
        case .err: .error
        case .warning: .warning
        case .notice: .notice
        case .info: .info
        case .debug: .debug
        }
    }
}

extension Logger {
    /// Writes a line that begins with its level: `ERR text`; without one, all of it at `DEBUG`.
    public func log(line: String) {
        let parts = line.split(separator: " ", maxSplits: 1)
        if parts.count == 2, let level = LogLevel(parts[0]) {
            log(level: level.logLevel ?? .critical, "\(parts[1])")
        } else {
            debug("\(line)")
        }
    }
}
