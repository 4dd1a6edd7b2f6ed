public import Logging
import Synchronization

/// A log that a test reads.
public struct LogCapture: LogHandler {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        let levels = Mutex<[(message: String, level: Logger.Level)]>([])
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

    /// The levels of the records with this message.
    public func levels(of message: String) -> [String] {
        captured.levels.withLock { $0.filter { $0.message == message }.map(\.level.rawValue) }
    }

    /// One piece of what every record carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Keeps a record.
    public func log(event: LogEvent) {
        let details = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        captured.all.withLock { $0.append("\(event.message) \(details)") }
        captured.levels.withLock { $0.append(("\(event.message)", event.level)) }
    }
}
