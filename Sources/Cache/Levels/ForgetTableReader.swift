import Base

/// How far a process has read a ``ForgetTable``: readings go in, news come out.
///
/// Rows do not come to be seen in the order of their times, nor of any number that a database gives them: a transaction
/// that began early may end late, nodes of a cluster write beside each other, and each shows what the others wrote when it
/// has it. So there is no mark up to which everything is known: the last seconds are read again each time, all that may
/// matter every few seconds, and what was seen is remembered.
struct ForgetTableReader: Sendable {
    /// How far is read each time: whoever writes a row has so long, and tries anew after that.
    static let shortWindow = Duration.seconds(10)
    /// How far the clocks of a cluster's machines may be apart, and whoever writes a row may be late, together.
    static let window = Duration.seconds(60)
    /// How often all is read that may come to be seen yet, which nodes that are behind show late: ``gapLimit``, and ``window``.
    static let wholePause = Duration.seconds(10)
    /// For how long rows are there.
    static let retention = Duration.seconds(900)
    /// After how long without a reading it is not known any more what was forgotten; shorter than rows are there, by more
    /// than ``window``.
    static let gapLimit = Duration.seconds(600)
    /// How many rows are remembered: more than twice those that a reading may have.
    static let seenLimit = 50_000

    /// When the last reading began.
    private var last: MonotonicInstant
    /// When the last one began that was of all.
    private var lastWhole: MonotonicInstant?
    /// The latest time that the database's clock has shown: this machine may have been stopped, with its own clock.
    private var lastClock: Int64?
    /// The rows that were seen, and when for the last time.
    private var seen: [String: MonotonicInstant] = [:]
    /// Whether some of those who write there ask other servers.
    private var hasForeigners = false
    /// Whether there was more than could be read, and has not been less since.
    private var isOverflowing = false

    /// - Parameter instant: Since when something may be in memory that was forgotten elsewhere.
    init(since instant: MonotonicInstant) {
        last = instant
    }

    /// How far back has to be read.
    func span(at now: MonotonicInstant) -> Duration {
        isWhole(at: now) ? Self.gapLimit + Self.window : max(now - last, .zero) + Self.shortWindow
    }

    /// Since when, by the database's clock, where that is further.
    func since(at now: MonotonicInstant) -> Int64? {
        let window = isWhole(at: now) ? Self.window : Self.shortWindow
        return lastClock.map { $0.subtractingReportingOverflow(window.wholeMilliseconds).partialValue }
    }

    /// Whether a reading that begins now is of all.
    private func isWhole(at now: MonotonicInstant) -> Bool { lastWhole.map { now - $0 >= Self.wholePause } ?? true }

    /// What is new in a reading.
    ///
    /// - Parameters:
    ///   - begun: When it began.
    ///   - list: The servers that are asked here; `nil` where there are none.
    mutating func take(_ reading: ForgetTableReading, begun: MonotonicInstant, list: String?) -> ForgetNews {
        let passed = max(begun - last, .zero)
        let (difference, isTooMuch) = reading.now.subtractingReportingOverflow(lastClock ?? reading.now)
        let isGap = passed > Self.gapLimit || isTooMuch || Duration.milliseconds(difference) > Self.gapLimit
        let isWhole = isWhole(at: begun)
        if isWhole {
            lastWhole = begun
            // Another node, whose clock is behind, may have shown it too; or one that is behind has not shown it lately.
            seen = seen.filter { begun - $0.value <= Self.gapLimit + Self.window * 2 + passed }
        }
        var news = ForgetNews()
        for row in reading.rows {
            guard seen.updateValue(begun, forKey: row.name) == nil else { continue }
            if row.entry.list != list { hasForeigners = true }
            news.entries.append(row.entry)
        }
        // What was seen last is the last to be seen again.
        if seen.count > Self.seenLimit { seen = seen.filter { $0.value == begun } }
        // It is the latest that is read: what is missing is not known once, and was read before from then on.
        news.isUnknown = isGap || (!reading.isAll && !isOverflowing)
        if !reading.isAll { isOverflowing = true } else if isWhole { isOverflowing = false }
        news.isForeignUnknown = news.isUnknown && hasForeigners
        (last, lastClock) = (begun, max(lastClock ?? reading.now, reading.now))
        return news
    }
}
