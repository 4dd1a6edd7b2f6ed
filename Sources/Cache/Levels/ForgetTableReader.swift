import Base

/// How far a process has read a ``ForgetTable``: readings go in, news come out.
///
/// Rows do not come to be seen in the order of their times, nor of any number that a database gives them: a transaction
/// that began early may end late, nodes of a cluster write beside each other, and each shows what the others wrote when it
/// has it. So there is no mark up to which everything is known: the last minute is read again each time, and what was seen
/// in it is remembered.
struct ForgetTableReader: Sendable {
    /// How much later than at its time a row may come to be seen: whoever writes it has some seconds, and tries anew after
    /// that; the rest is for nodes that are behind, and for how far the clocks of a cluster's machines are apart.
    static let window = Duration.seconds(60)
    /// For how long rows are there.
    static let retention = Duration.seconds(900)
    /// After how long without a reading it is not known any more what was forgotten; shorter than rows are there, by more
    /// than ``window``.
    static let gapLimit = Duration.seconds(600)
    /// How many rows are remembered.
    static let seenLimit = 30_000

    /// When the last reading began.
    private var last: MonotonicInstant
    /// The latest time that the database's clock has shown: this machine may have been stopped, with its own clock.
    private var lastClock: Int64?
    /// The rows that were seen, and when for the last time.
    private var seen: [String: MonotonicInstant] = [:]
    /// Whether some of those who write there ask other servers.
    private var hasForeigners = false

    /// - Parameter instant: Since when something may be in memory that was forgotten elsewhere.
    init(since instant: MonotonicInstant) {
        last = instant
    }

    /// How far back has to be read.
    func span(at now: MonotonicInstant) -> Duration { min(max(now - last, .zero), Self.gapLimit) + Self.window }

    /// Since when, by the database's clock, where that is further.
    var since: Int64? { lastClock.map { $0.subtractingReportingOverflow(Self.window.wholeMilliseconds).partialValue } }

    /// What is new in a reading.
    ///
    /// - Parameters:
    ///   - begun: When it began.
    ///   - list: The servers that are asked here; `nil` where there are none.
    mutating func take(_ reading: ForgetTableReading, begun: MonotonicInstant, list: String?) -> ForgetNews {
        let passed = max(begun - last, .zero)
        let (difference, isTooMuch) = reading.now.subtractingReportingOverflow(lastClock ?? reading.now)
        let isGap = passed > Self.gapLimit || isTooMuch || Duration.milliseconds(difference) > Self.gapLimit
        // Another node, whose clock is behind, may have shown it too; or one that is behind has not shown it lately.
        seen = seen.filter { begun - $0.value <= Self.window * 2 + passed }
        if seen.count + reading.rows.count > Self.seenLimit { seen = [:] }
        var news = ForgetNews()
        for row in reading.rows {
            guard seen.updateValue(begun, forKey: row.name) == nil else { continue }
            if row.entry.list != list { hasForeigners = true }
            news.entries.append(row.entry)
        }
        news.isUnknown = isGap || !reading.isAll
        news.isForeignUnknown = news.isUnknown && hasForeigners
        (last, lastClock) = (begun, max(lastClock ?? reading.now, reading.now))
        return news
    }
}
