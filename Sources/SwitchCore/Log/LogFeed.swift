public import Logging
import Synchronization

/// One line of the log, for those who watch it from outside.
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

/// Carries log lines to who watches them; while nobody does, a line costs one atomic read.
///
/// The queue is bounded: when the watcher is slow, lines are lost and counted, and nobody who logs waits.
public final class LogFeed: Sendable {
    /// How many lines wait for the watcher.
    public static let queueLimit = 4096

    private struct State {
        var records: [LogRecord] = []
        var dropped: UInt64 = 0
        var wake: (@Sendable () -> Void)?
    }

    private static let levels = Logger.Level.allCases

    private let state = Mutex(State())
    // The position among the levels; what is below is not wanted.
    private let threshold = Atomic<Int>(Int.max)

    /// A feed that nobody watches.
    public init() {}

    /// The least important level that somebody watches; `nil` when nobody does.
    public var level: Logger.Level? {
        let position = threshold.load(ordering: .relaxed)
        return position == .max ? nil : Self.levels[position]
    }

    /// Watches from a level on, or not at all; `wake` is called, from any thread, when the queue stops being empty.
    public func watch(from level: Logger.Level?, wake: (@Sendable () -> Void)?) {
        let position = level.flatMap { Self.levels.firstIndex(of: $0) }
        threshold.store(position ?? .max, ordering: .relaxed)
        state.withLock { state in
            state.wake = level == nil ? nil : wake
            if level == nil { state.records = [] }
        }
    }

    /// Takes a line for the watcher, if there is one.
    public func offer(_ record: @autoclosure () -> LogRecord, level: Logger.Level) {
        guard let wanted = self.level, level >= wanted else { return }
        let record = record()
        let wake: (@Sendable () -> Void)? = state.withLock { state in
            guard state.wake != nil else { return nil }
            guard state.records.count < Self.queueLimit else {
                state.dropped &+= 1
                return nil
            }
            state.records.append(record)
            return state.records.count == 1 ? state.wake : nil
        }
        wake?()
    }

    /// Takes everything that is queued, oldest first.
    public func takeAll() -> [LogRecord] {
        state.withLock { state in
            defer { state.records = [] }
            return state.records
        }
    }

    /// How many lines were lost because the queue was full.
    public var droppedCount: UInt64 {
        state.withLock { $0.dropped }
    }
}
