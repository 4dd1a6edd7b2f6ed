import Base
import Glibc
import Synchronization

/// The event `HEARTBEAT`: every 20 seconds, how the switch is.
public final class Heartbeat: Sendable {
    /// How long it is from one to the next (`event-heartbeat-interval`).
    public static let interval = Duration.seconds(20)
    /// How many samples the five minutes have.
    private static let window = 15

    private struct State {
        var timer: (any LoopTimer)?
        var peaks: [(sessions: Int, perSecond: Int)] = []
        var idle = IdleTime()
    }

    private let softswitch: Switch
    private let state = Mutex(State())

    /// The heartbeat of a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Begins to beat, on the first loop.
    public func start() {
        let loop = softswitch.loops.first
        let timer = loop.schedule(at: loop.now + Self.interval) { [weak self] in
            guard let self else { return }
            beat()
            start()
        }
        state.withLock { $0.timer = timer }
    }

    /// Ends it.
    public func stop() {
        state.withLock { state in
            state.timer?.cancel()
            state.timer = nil
        }
    }

    /// Publishes one event.
    public func beat() {
        let rates = softswitch.sessions.takeRates(second: softswitch.wallClock() / 1_000_000)
        let (fiveMinutes, idle) = state.withLock { state in
            state.peaks.append((rates.peak, rates.peakPerSecond))
            if state.peaks.count > Self.window { state.peaks.removeFirst() }
            let peaks = state.peaks
            return (
                (peaks.map(\.sessions).max() ?? 0, peaks.map(\.perSecond).max() ?? 0), state.idle.take()
            )
        }
        softswitch.events.publish(.heartbeat) { makeEvent(rates, fiveMinutes, idle) }
    }

    private func makeEvent(_ rates: SessionTable.Rates, _ fiveMinutes: (Int, Int), _ idle: Double) -> Event {
        let uptime = max(softswitch.wallClock() - softswitch.startTime, 0)
        let limits = softswitch.configuration.sessionLimits
        let history = softswitch.sessions.history
        var event = softswitch.makeEvent(.heartbeat)
        event.add("Event-Info", "System Ready")
        for (name, value) in [
            ("Up-Time", Self.text(ofMicroseconds: uptime)), ("FreeSWITCH-Version", softswitch.version),
            ("Uptime-msec", String(uptime / 1000)), ("Session-Count", String(softswitch.sessions.count)),
            ("Max-Sessions", String(limits.maximumSessions)), ("Session-Per-Sec", String(limits.sessionsPerSecond)),
            ("Session-Per-Sec-Last", String(rates.last)), ("Session-Per-Sec-Max", String(history.peakPerSecond)),
            ("Session-Per-Sec-FiveMin", String(fiveMinutes.1)), ("Session-Since-Startup", String(history.total)),
            ("Session-Peak-Max", String(history.peak)), ("Session-Peak-FiveMin", String(fiveMinutes.0)),
            ("Idle-CPU", Self.text(ofPercent: idle)),
        ] { event.add(name, value) }
        return event
    }

    private static func text(ofMicroseconds time: Int64) -> String {
        let (milliseconds, seconds) = (time / 1000, time / 1_000_000)
        let days = seconds / 86_400
        return "\(days / 365) years, \(days % 365) days, \(seconds / 3600 % 24) hours, \(seconds / 60 % 60) minutes, "
            + "\(seconds % 60) seconds, \(milliseconds % 1000) milliseconds, \(time % 1000) microseconds"
    }

    /// Six digits after the point, as C prints a number.
    private static func text(ofPercent value: Double) -> String {
        let millionths = Int((min(max(value, 0), 100) * 1_000_000).rounded())
        let fraction = String(millionths % 1_000_000)
        return "\(millionths / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}

/// How much of the machine's processors was idle since it was last asked for.
private struct IdleTime {
    private var idle: UInt64 = 0
    private var total: UInt64 = 0

    /// In percent; 100 where the machine does not tell.
    mutating func take() -> Double {
        guard let file = fopen("/proc/stat", "r") else { return 100 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, 512, file) != nil else { return 100 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // proc_stat(5): cpu user nice system idle iowait …
        let times = text.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0.filter(\.isNumber)) }
        guard times.count > 4 else { return 100 }
        let (idleNow, totalNow) = (times[3] &+ times[4], times.reduce(0, &+))
        defer { (idle, total) = (idleNow, totalNow) }
        guard totalNow > total, idleNow >= idle else { return 100 }
        return Double(idleNow - idle) / Double(totalNow - total) * 100
    }
}
