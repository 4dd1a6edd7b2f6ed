import Logging
import Synchronization

/// A log that a test reads.
struct LogCapture: LogHandler {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private let captured = Lines()
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    /// Every record so far: its message, then what belongs to it.
    var lines: [String] { captured.all.withLock { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        captured.all.withLock { $0.append("\(event.message) \(details)") }
    }
}
