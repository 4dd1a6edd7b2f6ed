public import Logging

/// One line of the log, for everything that it goes to.
public struct LogRecord: Sendable {
    /// How much it matters.
    public var level: Logger.Level
    /// The text with its metadata.
    public var text: String
    /// The channel that it is about.
    public var channel: String?
    /// Where it was written.
    public var file: String
    /// The function that wrote it.
    public var function: String
    /// The line in the file.
    public var line: UInt
    /// When, in microseconds since 1970.
    public var time: Int64

    /// A line of the log.
    public init(
        level: Logger.Level,
        text: String,
        channel: String?,
        file: String,
        function: String,
        line: UInt,
        time: Int64
    ) {
        (self.level, self.text, self.channel) = (level, text, channel)
        (self.file, self.function, self.line, self.time) = (file, function, line, time)
    }
}
