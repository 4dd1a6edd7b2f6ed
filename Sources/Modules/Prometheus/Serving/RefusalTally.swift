import Base

/// Counts those who are refused, so that the log has a line a minute of them and not one of each.
struct RefusalTally {
    /// How long nothing more is told.
    static let pause = Duration.seconds(60)

    private var untold = 0
    private var silentUntil: MonotonicInstant?

    /// One more is refused; gives how many there were since the last word when it is time for one.
    mutating func note(at now: MonotonicInstant) -> Int? {
        untold += 1
        if let silentUntil, now < silentUntil { return nil }
        defer { (untold, silentUntil) = (0, now + Self.pause) }
        return untold
    }
}
