import Glibc

/// The clocks of the machine, for those who may read one: cores, and whatever is simulated, are given the time.
public enum MachineClock: Sendable {
    /// Goes on steadily, from an arbitrary origin.
    case monotonic
    /// The time of day, since 1970 (UTC).
    case wall
    /// How much of the processors the process has used.
    case processor
    /// How much of a processor this thread has used.
    case threadProcessor

    /// What it shows, in nanoseconds.
    public var nanoseconds: Int64 {
        var time = timespec()
        // It fails for a clock that the machine does not have; these are everywhere.
        _ = unsafe clock_gettime(identifier, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// What it shows, in seconds.
    public var seconds: Double { Double(nanoseconds) / 1e9 }

    private var identifier: clockid_t {
        switch self {
        case .monotonic: CLOCK_MONOTONIC
        case .wall: CLOCK_REALTIME
        case .processor: CLOCK_PROCESS_CPUTIME_ID
        case .threadProcessor: CLOCK_THREAD_CPUTIME_ID
        }
    }
}

extension MonotonicInstant {
    /// The machine's monotonic clock.
    public static var now: MonotonicInstant { MonotonicInstant(nanoseconds: MachineClock.monotonic.nanoseconds) }
}
