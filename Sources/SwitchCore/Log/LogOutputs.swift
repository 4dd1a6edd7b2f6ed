import Base
public import Logging
import Synchronization

/// Everything that the log goes to: the terminal, files, clients of the event socket.
///
/// Each has a feed with a level of its own; a line is made when one of them wants it.
public final class LogOutputs: Sendable {
    private let feeds = Mutex<[LogFeed]>([])
    private let wanted = LogThreshold()
    private let bound = LogThreshold(.trace)

    /// Outputs that nobody watches.
    public init() {}

    /// The least important level that anything wants; `nil` when nothing does.
    public var level: Logger.Level? { wanted.level }

    /// The least important level that is let through to anything (`loglevel` of `switch.conf`, `fsctl loglevel`).
    public var limit: Logger.Level {
        get { bound.level ?? .critical }
        set {
            bound.level = newValue
            refresh()
        }
    }

    /// A feed for a new watcher.
    public func makeFeed() -> LogFeed {
        let feed = LogFeed { [weak self] in self?.refresh() }
        feeds.withLock { $0.append(feed) }
        return feed
    }

    /// Ends a feed.
    public func remove(_ feed: LogFeed) {
        feed.watch(from: nil, wake: nil)
        feeds.withLock { $0.removeAll { $0 === feed } }
    }

    /// Gives a line to everything that wants its level; it is made only if something does.
    public func offer(_ record: @autoclosure () -> LogRecord, level: Logger.Level) {
        guard let wanted = self.level, level >= wanted else { return }
        let record = record()
        for feed in feeds.withLock({ $0 }) { feed.offer(record) }
    }

    private func refresh() {
        wanted.level = feeds.withLock { feeds in
            feeds.compactMap(\.level).min().map { max($0, limit) }
        }
    }
}
