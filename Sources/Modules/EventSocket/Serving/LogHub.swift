import Base
import Logging
import NIOCore
import SwitchCore

/// Brings the log to the clients that watch it.
// @unchecked: confined to the server's event loop.
final class LogHub: @unchecked Sendable {
    private let softswitch: Switch
    private let eventLoop: any EventLoop
    private var watchers: [ObjectIdentifier: (client: ClientConnection, level: LogLevel)] = [:]

    init(_ softswitch: Switch, eventLoop: any EventLoop) {
        (self.softswitch, self.eventLoop) = (softswitch, eventLoop)
    }

    /// Says from which level on a client watches; `nil` when it does not any more.
    func setLevel(_ level: LogLevel?, of client: ClientConnection) {
        deliver()
        watchers[ObjectIdentifier(client)] = level.map { (client, $0) }
        let least = watchers.values.map(\.level.rawValue).max().flatMap { LogLevel(rawValue: $0) }
        softswitch.log.watch(from: least?.logLevel) { [weak self] in
            guard let self else { return }
            eventLoop.execute { self.deliver() }
        }
    }

    func deliver() {
        for record in softswitch.log.takeAll() {
            let level = LogLevel(record.level)
            let frame = ByteBuffer(bytes: Self.frame(record, level))
            for watcher in watchers.values where level.rawValue <= watcher.level.rawValue {
                watcher.client.deliver(frame, count: 1)
            }
        }
    }

    func stop() {
        watchers = [:]
        softswitch.log.watch(from: nil, wake: nil)
    }

    private static func frame(_ record: LogRecord, _ level: LogLevel) -> [UInt8] {
        var headers = [
            ("Log-Level", String(level.rawValue)), ("Text-Channel", "0"), ("Log-File", record.file),
            ("Log-Func", record.function), ("Log-Line", String(record.line)),
        ]
        if let channel = record.channel { headers.append(("User-Data", channel)) }
        let time = BrokenDownTime(secondsSinceEpoch: Int(record.time / 1_000_000)).dateAndTime
        let fraction = String(record.time % 1_000_000)
        let stamp = "\(time).\(String(repeating: "0", count: max(6 - fraction.count, 0)))\(fraction)"
        return Frame.log(headers, "\(stamp) [\(level.name)] \(record.file):\(record.line) \(record.text)\n")
    }
}

extension LogLevel {
    /// The level of a line of the log.
    init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace, .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .err
            case .critical: .crit
            }
    }

    /// The least important level of the log that is within this one; `nil` when none is.
    var logLevel: Logger.Level? {
        switch self {
        case .console, .alert: nil
        case .crit: .critical
        case .err: .error
        case .warning: .warning
        case .notice: .notice
        case .info: .info
        case .debug: .debug
        }
    }
}
