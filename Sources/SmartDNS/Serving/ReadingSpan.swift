import Base

/// How much of a table that others write is read: what is new since it was last read, and now and then the whole.
struct ReadingSpan: Sendable {
    /// How much more than what should be new: rows may come late.
    static let overlap = Duration.seconds(30)
    /// How often everything is read.
    static let wholeEvery = Duration.seconds(300)

    private var latest: MonotonicInstant?
    private var whole: MonotonicInstant?

    /// How many seconds to go back; `nil` for everything.
    func next(at now: MonotonicInstant) -> Int? {
        guard let latest, let whole, now - whole < Self.wholeEvery else { return nil }
        return Int(clamping: (now - latest + Self.overlap).wholeMilliseconds / 1000) + 1
    }

    /// It was read, and that began at that time: nothing that was written since need have been there.
    mutating func read(begun: MonotonicInstant, isWhole: Bool) {
        latest = begun
        if isWhole { whole = begun }
    }
}
