import Glibc
import Synchronization

/// How busy the machine's processors are.
public final class ProcessorLoad: Sendable {
    private struct State {
        var idle: UInt64 = 0
        var total: UInt64 = 0
        var percent = 100.0
        var second: Int64?
    }

    private let state = Mutex(State())

    /// The load of this machine.
    public init() {}

    /// How much was idle since this was last asked, in percent; 100 where the machine does not tell.
    public func idlePercent() -> Double {
        let times = Self.times()
        return state.withLock { state in
            guard times.count > 4 else { return state.percent }
            // proc_stat(5): user nice system idle iowait …, in ticks.
            let (idle, total) = (times[3] &+ times[4], times.reduce(0, &+))
            guard total > state.total, idle >= state.idle else { return state.percent }
            state.percent = Double(idle - state.idle) / Double(total - state.total) * 100
            (state.idle, state.total) = (idle, total)
            return state.percent
        }
    }

    /// The same, measured once a second at most.
    public func idlePercent(inSecond second: Int64) -> Double {
        let known = state.withLock { state in
            defer { state.second = second }
            return state.second == second ? state.percent : nil
        }
        return known ?? idlePercent()
    }

    private static func times() -> [UInt64] {
        guard let file = fopen("/proc/stat", "r") else { return [] }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, Int32(line.count), file) != nil else { return [] }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0.filter(\.isNumber)) }
    }
}
