import Base
import Synchronization

/// The event `HEARTBEAT`: how the switch is, again and again (`event-heartbeat-interval`).
public final class Heartbeat: Sendable {
    private let softswitch: Switch
    private let timer = Mutex<(any LoopTimer)?>(nil)

    /// The heartbeat of a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Begins to beat, on the first loop.
    public func start() {
        let loop = softswitch.loops.first
        let timer = loop.schedule(at: loop.now + .seconds(softswitch.configuration.heartbeatSeconds)) { [weak self] in
            guard let self else { return }
            beat()
            start()
        }
        self.timer.withLock { $0 = timer }
    }

    /// Ends it.
    public func stop() {
        timer.withLock { timer in
            timer?.cancel()
            timer = nil
        }
    }

    /// Publishes one event.
    public func beat() {
        softswitch.events.publish(.heartbeat) { makeEvent() }
    }

    private func makeEvent() -> Event {
        let limits = softswitch.configuration.sessionLimits
        let history = softswitch.sessionHistory
        var event = softswitch.makeEvent(.heartbeat)
        event.add("Event-Info", "System Ready")
        for (name, value) in [
            ("Up-Time", softswitch.uptimeText), ("FreeSWITCH-Version", softswitch.fullVersion),
            ("Uptime-msec", String(softswitch.uptime / 1000)), ("Session-Count", String(softswitch.sessions.count)),
            ("Max-Sessions", String(limits.maximumSessions)), ("Session-Per-Sec", String(limits.sessionsPerSecond)),
            ("Session-Per-Sec-Last", String(history.lastSecond)),
            ("Session-Per-Sec-Max", String(history.peakPerSecond)),
            ("Session-Per-Sec-FiveMin", String(history.recentPeakPerSecond)),
            ("Session-Since-Startup", String(history.total)), ("Session-Peak-Max", String(history.peak)),
            ("Session-Peak-FiveMin", String(history.recentPeak)),
            ("Idle-CPU", softswitch.processorLoad.idlePercent().text(places: 6)),
            ("Heartbeat-Interval", String(softswitch.configuration.heartbeatSeconds)),
        ] { event.add(name, value) }
        return event
    }
}
