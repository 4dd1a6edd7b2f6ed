/// A point on the machine's monotonic clock, in nanoseconds since an arbitrary origin.
///
/// Cores never read a clock: every event that can depend on time takes one of these as an argument, so that a test
/// or a simulation decides what time it is.
public struct MonotonicInstant: Hashable, Comparable, Sendable {
    /// Nanoseconds since the clock's origin.
    public var nanoseconds: Int64

    /// An instant that many nanoseconds after the clock's origin.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The clock's origin; simulated time starts here.
    public static let zero = MonotonicInstant(nanoseconds: 0)

    /// Later than every deadline that is ever set.
    public static let distantFuture = MonotonicInstant(nanoseconds: .max)

    /// The earlier of two instants comes first.
    public static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `duration` later; saturates at ``distantFuture``.
    public static func + (instant: Self, duration: Duration) -> Self {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return Self(nanoseconds: overflow ? .max : sum)
    }

    /// The first multiple of `step` that is not before the instant; the instant itself where there is none.
    public func roundedUp(to step: Duration) -> Self {
        let step = step.wholeNanoseconds
        guard step > 1, nanoseconds % step != 0, nanoseconds > 0 else { return self }
        let (rounded, overflow) = (nanoseconds / step).addingReportingOverflow(1)
        let (product, isTooLate) = rounded.multipliedReportingOverflow(by: step)
        return overflow || isTooLate ? self : Self(nanoseconds: product)
    }

    /// The time that passed from `earlier` to `later`; negative when they are the other way round.
    public static func - (later: Self, earlier: Self) -> Duration {
        .nanoseconds(later.nanoseconds &- earlier.nanoseconds)
    }
}

extension Duration {
    /// The duration in nanoseconds, saturating at ±292 years.
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowAgain) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard !overflow, !overflowAgain else { return seconds < 0 ? .min : .max }
        return sum
    }

    /// The duration in milliseconds, rounded towards zero.
    public var wholeMilliseconds: Int64 {
        wholeNanoseconds / 1_000_000
    }
}
