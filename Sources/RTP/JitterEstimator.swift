public import Base

/// The interarrival jitter of one source (RFC 3550 §6.4.1, A.8), in integers.
public struct JitterEstimator: Sendable {
    private let clockRate: Int64
    private var lastTransit: UInt32?
    /// Sixteen times the estimate, so that nothing is lost to rounding.
    private var scaled: UInt32 = 0

    /// An estimator for a media clock of so many ticks per second.
    public init(clockRate: Int) {
        self.clockRate = Int64(min(max(clockRate, 1), 1_000_000))
    }

    /// The estimate in ticks of the media clock.
    public var jitter: UInt32 { scaled >> 4 }

    /// Takes a packet's RTP timestamp and the time of its arrival.
    public mutating func received(timestamp: UInt32, at now: MonotonicInstant) {
        let transit = ticks(now) &- timestamp
        defer { lastTransit = transit }
        guard let lastTransit else { return }
        let difference = Int32(bitPattern: transit &- lastTransit).magnitude
        // A sender that jumps in time is no jitter; beyond ten seconds nothing more is learnt.
        let bounded = min(difference, UInt32(truncatingIfNeeded: clockRate &* 10))
        scaled = scaled &+ bounded &- ((scaled &+ 8) >> 4)
    }

    /// Starts anew with the next packet, for another source or a restarted clock; the estimate stays.
    public mutating func sourceChanged() {
        lastTransit = nil
    }

    /// The time as ticks of the media clock, modulo 2³².
    private func ticks(_ now: MonotonicInstant) -> UInt32 {
        let (seconds, rest) = now.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return UInt32(truncatingIfNeeded: seconds &* clockRate &+ rest &* clockRate / 1_000_000_000)
    }
}
