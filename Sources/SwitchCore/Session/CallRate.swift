/// How many calls begin in a second.
struct CallRate {
    /// How long the peaks of `status` look back, in seconds.
    static let window: Int64 = 300

    /// How many calls began in the second before the present one.
    private(set) var last = 0
    /// How many began in one second at most.
    var peak = 0
    /// How many began in one second at most in this window.
    private(set) var recentPeak = 0
    /// The present second.
    private(set) var second: Int64 = 0
    private var count = 0

    /// Goes on to the present second; true when a new window begins with it.
    mutating func move(to now: Int64) -> Bool {
        guard now != second else { return false }
        let isNewWindow = now / Self.window != second / Self.window
        last = now == second + 1 ? count : 0
        (second, count) = (now, 0)
        if isNewWindow { recentPeak = 0 }
        return isNewWindow
    }

    /// Counts channels that begin in the present second; false when there would be more than the limit allows.
    mutating func count(_ channels: Int, limit: Int) -> Bool {
        guard count + channels <= limit else { return false }
        count += channels
        peak = max(peak, count)
        recentPeak = max(recentPeak, count)
        return true
    }
}
