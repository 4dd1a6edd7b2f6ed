public import Logging
import Synchronization

/// A log that a test reads.
public struct LogCapture: LogHandler {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private let captured = Lines()
    /// Everything is kept.
    public var logLevel = Logger.Level.trace
    /// What every record carries; it is not kept.
    public var metadata: Logger.Metadata = [:]

    /// An empty log.
    public init() {}

    /// Every record so far: its message, then what belongs to it.
    public var lines: [String] { captured.all.withLock { $0 } }

    /// One piece of what every record carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Keeps a record.
    public func log(event: LogEvent) {
        let details = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        captured.all.withLock { $0.append("\(event.message) \(details)") }
    }
}
