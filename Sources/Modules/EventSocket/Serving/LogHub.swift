import Base
import NIOCore
import SwitchCore

/// Brings the log to the clients that watch it.
// @unchecked: confined to the server's event loop.
final class LogHub: @unchecked Sendable {
    private let outputs: LogOutputs
    private let feed: LogFeed
    private let eventLoop: any EventLoop
    private var isDelivering = false
    private var watchers: [ObjectIdentifier: (client: any EventReceiver, level: LogLevel)] = [:]

    init(_ softswitch: Switch, eventLoop: any EventLoop) {
        (outputs, self.eventLoop) = (softswitch.log, eventLoop)
        feed = outputs.makeFeed()
    }

    /// How many lines were lost before they got to the hub.
    var droppedCount: UInt64 { feed.droppedCount }

    /// Says from which level on a client watches; `nil` when it does not any more.
    func setLevel(_ level: LogLevel?, of client: any EventReceiver) {
        deliver()
        watchers[ObjectIdentifier(client)] = level.map { (client, $0) }
        let least = watchers.values.map(\.level.rawValue).max().flatMap { LogLevel(rawValue: $0) }
        feed.watch(from: least?.logLevel) { [weak self] in
            guard let self else { return }
            eventLoop.execute { self.deliver() }
        }
    }

    /// Writes everything that is queued; what a write brings about in the middle of it keeps its turn.
    func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        for record in feed.takeAll() {
            let level = LogLevel(record.level)
            let frame = ByteBuffer(bytes: Self.frame(record, level))
            for watcher in watchers.values where level.rawValue <= watcher.level.rawValue {
                watcher.client.deliver(frame, count: 1)
            }
        }
        isDelivering = false
    }

    func stop() {
        watchers = [:]
        outputs.remove(feed)
    }

    private static func frame(_ record: LogRecord, _ level: LogLevel) -> [UInt8] {
        var headers = [
            ("Log-Level", String(level.rawValue)), ("Text-Channel", "0"), ("Log-File", record.file),
            ("Log-Func", record.function), ("Log-Line", String(record.line)),
        ]
        if let channel = record.channel { headers.append(("User-Data", channel)) }
        return Frame.log(headers, record.plainLine + "\n")
    }
}
