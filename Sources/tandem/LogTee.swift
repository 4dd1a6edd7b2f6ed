import Logging
import SwitchCore

/// Writes the log where it always goes, and offers it to who watches it over the event socket.
struct LogTee: LogHandler {
    private var output: StreamLogHandler
    private let feed: LogFeed

    init(_ output: StreamLogHandler, feed: LogFeed) {
        (self.output, self.feed) = (output, feed)
    }

    /// What somebody watches is made too, even if the output does not want it.
    var logLevel: Logger.Level {
        get { feed.level.map { min($0, output.logLevel) } ?? output.logLevel }
        set { output.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { output.metadata }
        set { output.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { output.metadataProvider }
        set { output.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { output[metadataKey: key] }
        set { output[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        if event.level >= output.logLevel { output.log(event: event) }
        feed.offer(record(of: event), level: event.level)
    }

    private func record(of event: LogEvent) -> LogRecord {
        var all = output.metadata
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
            time: Assembly.microseconds()
        )
    }
}
