public import Logging

/// Hands what loggers are told to everything that the log goes to.
public struct OutputsLogHandler: LogHandler {
    /// What every line of this logger carries.
    public var metadata: Logger.Metadata = [:]
    /// What lines carry of where they are written.
    public var metadataProvider: Logger.MetadataProvider?

    private let outputs: LogOutputs
    private let clock: @Sendable () -> Int64
    private var ownLevel = Logger.Level.trace

    /// - Parameter clock: The time in microseconds since 1970.
    public init(_ outputs: LogOutputs, clock: @escaping @Sendable () -> Int64) {
        (self.outputs, self.clock) = (outputs, clock)
    }

    /// What nobody wants is not made.
    public var logLevel: Logger.Level {
        get { max(ownLevel, outputs.level ?? .critical) }
        set { ownLevel = newValue }
    }

    /// One piece of what every line of this logger carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Offers a line.
    public func log(event: LogEvent) {
        outputs.offer(record(of: event), level: event.level)
    }

    private func record(of event: LogEvent) -> LogRecord {
        var all = metadata
        for (name, value) in event.metadata ?? [:] { all[name] = value }
        let channel = all.removeValue(forKey: "uuid")
        let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return LogRecord(
            level: event.level,
            text: "\(event.message)\(details)",
            channel: channel.map { "\($0)" },
            file: event.file,
            function: event.function,
            line: event.line,
            time: clock()
        )
    }
}
