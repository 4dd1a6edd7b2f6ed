import Logging
import NIOPosix
import SwitchCore

/// Takes lines from a feed and writes them, on a thread that may wait for the disk or the terminal.
final class LogWriter: Sendable {
    private let outputs: LogOutputs
    private let feed: LogFeed
    private let thread: NIOThreadPool
    private let write: @Sendable ([LogRecord]) -> Void

    /// - Parameter write: Called on the thread, with lines in their order.
    init(_ outputs: LogOutputs, thread: NIOThreadPool, write: @escaping @Sendable ([LogRecord]) -> Void) {
        (self.outputs, self.thread, self.write) = (outputs, thread, write)
        feed = outputs.makeFeed()
    }

    /// How many lines were lost because writing was too slow.
    var droppedCount: UInt64 { feed.droppedCount }

    /// Writes lines from a level on, or none.
    func start(from level: Logger.Level?) {
        feed.watch(from: level) { [weak self] in
            guard let self else { return }
            thread.submit { _ in self.writeQueued() }
        }
    }

    /// Changes the level.
    func setLevel(_ level: Logger.Level) { feed.setLevel(level) }

    /// Writes what is queued and takes no more.
    func stop() async {
        // The thread takes its work in order: when it has done this, it has done all that came before.
        try? await thread.runIfActive { self.writeQueued() }
        outputs.remove(feed)
    }

    private func writeQueued() {
        let records = feed.takeAll()
        if !records.isEmpty { write(records) }
    }
}

extension Metric {
    /// How many lines of the log a module lost.
    static func linesDropped(by module: String, count: @escaping @Sendable () -> UInt64) -> Metric {
        Metric(
            "log_lines_dropped",
            .counter,
            "Lines of the log that were lost because writing them was too slow.",
            labels: [("module", module)]
        ) { Int(clamping: count()) }
    }
}
