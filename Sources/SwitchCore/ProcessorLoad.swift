public import Base
import Glibc
import Synchronization

/// How busy the machine's processors are.
///
/// It is measured over a second at least, whoever asks and how often: what a moment has in ticks would decide nothing.
public final class ProcessorLoad: Sendable {
    /// How long what is measured is at least.
    private static let shortest = Duration.seconds(1)

    private struct State {
        var times: Times?
        var since: MonotonicInstant
        var percent = 100.0
    }

    /// What the processors have done since the machine started, in ticks.
    public struct Times: Sendable {
        let idle: UInt64
        let total: UInt64

        /// Times from the ticks without work, and all ticks.
        public init(idle: UInt64, total: UInt64) {
            (self.idle, self.total) = (idle, total)
        }
    }

    private let read: @Sendable () -> Times?
    private let now: @Sendable () -> MonotonicInstant
    private let state: Mutex<State>

    /// The load of this machine.
    public convenience init() {
        self.init(reading: Self.machineTimes) { MonotonicInstant(nanoseconds: MachineClock.monotonic.nanoseconds) }
    }

    /// The load of a machine.
    ///
    /// - Parameters:
    ///   - read: Gives what its processors have done; `nil` where it does not tell.
    ///   - now: A clock that does not go back.
    public init(reading read: @escaping @Sendable () -> Times?, now: @escaping @Sendable () -> MonotonicInstant) {
        (self.read, self.now) = (read, now)
        state = Mutex(State(times: read(), since: now()))
    }

    /// How much was idle lately, in percent; 100 in the first second, and where the machine does not tell.
    public func idlePercent() -> Double {
        let instant = now()
        return state.withLock { state in
            guard instant - state.since >= Self.shortest else { return state.percent }
            let (earlier, times) = (state.times, read())
            (state.times, state.since) = (times, instant)
            guard let earlier, let times, times.total > earlier.total, times.idle >= earlier.idle else {
                return state.percent
            }
            state.percent = min(Double(times.idle - earlier.idle) / Double(times.total - earlier.total) * 100, 100)
            return state.percent
        }
    }

    private static func machineTimes() -> Times? {
        guard let file = fopen("/proc/stat", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let ticks = text.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0.filter(\.isNumber)) }
        // proc_stat(5): user nice system idle iowait …
        guard ticks.count > 4 else { return nil }
        return Times(idle: ticks[3] &+ ticks[4], total: ticks.reduce(0, &+))
    }
}
