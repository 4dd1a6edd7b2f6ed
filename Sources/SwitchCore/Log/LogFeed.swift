public import Logging
import Synchronization

/// Carries log lines to one watcher; while nobody watches, a line costs one atomic read.
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

    private let state = Mutex(State())
    private let threshold = LogThreshold()
    private let levelChanged: @Sendable () -> Void

    init(levelChanged: @escaping @Sendable () -> Void) {
        self.levelChanged = levelChanged
    }

    /// The least important level that is watched; `nil` when nobody watches.
    public var level: Logger.Level? { threshold.level }

    /// Watches from a level on, or not at all; `wake` is called, from any thread, when the queue stops being empty.
    public func watch(from level: Logger.Level?, wake: (@Sendable () -> Void)?) {
        threshold.level = level
        state.withLock { state in
            state.wake = level == nil ? nil : wake
            if level == nil { state.records = [] }
        }
        levelChanged()
    }

    /// Changes from which level on is watched; does nothing while nobody watches.
    public func setLevel(_ level: Logger.Level) {
        guard state.withLock({ $0.wake != nil }) else { return }
        threshold.level = level
        levelChanged()
    }

    /// Takes a line for the watcher, if there is one.
    func offer(_ record: LogRecord) {
        guard let wanted = level, record.level >= wanted else { return }
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
