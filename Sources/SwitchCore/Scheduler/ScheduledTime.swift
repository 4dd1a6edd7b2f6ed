/// When something is to be done, as commands and applications have it: `+30`, `@30` or seconds since 1970.
public struct ScheduledTime: Hashable, Sendable {
    /// When, in seconds since 1970.
    public let due: Int64
    /// After how many seconds it is done again: `@30` means every thirty seconds.
    public let interval: Int64?
    /// How long from now, when it was said so.
    public let delay: Int64?

    /// Reads a time; what is not a number counts as none.
    ///
    /// - Parameter now: The time in seconds since 1970.
    public init(_ text: String, now: Int64) {
        let sign = text.first
        let number = max(Int64(sign == "+" || sign == "@" ? String(text.dropFirst()) : text) ?? 0, 0)
        let seconds = min(number, Self.longest)
        switch sign {
        case "+": (due, interval, delay) = (now + seconds, nil, seconds)
        // Nothing may be done again at once.
        case "@": (due, interval, delay) = (now + max(seconds, 1), max(seconds, 1), nil)
        default: (due, interval, delay) = (seconds, nil, nil)
        }
    }

    /// Beyond the year 5000 nothing is scheduled, and sums stay far from overflowing.
    private static let longest: Int64 = 100_000_000_000
}
