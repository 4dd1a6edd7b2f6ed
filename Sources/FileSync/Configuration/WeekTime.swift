/// A minute of the week, as the node's own clock and calendar show it.
public struct WeekTime: Hashable, Sendable {
    /// How many minutes a day has.
    static let minutesOfDay = 24 * 60

    /// The day, 0 for Sunday to 6.
    public let day: Int
    /// The minute of the day, 0 to 1439.
    public let minute: Int

    /// A time; what is outside is taken into its range.
    public init(day: Int, minute: Int) {
        self.day = min(max(day, 0), 6)
        self.minute = min(max(minute, 0), Self.minutesOfDay - 1)
    }
}

/// Times of day, on some days of the week: `08:00-18:00`, `22:00-06:00`, several with commas between.
///
/// The end does not belong to them. What goes on past midnight belongs to the day on which it began.
public struct Hours: Hashable, Sendable {
    private struct Span: Hashable {
        var first: Int
        var end: Int
    }

    private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    /// How many spans, and days, there may be.
    private static let maximumCount = 24

    private var spans: [Span]
    private var days: Set<Int>

    /// Reads times and days.
    ///
    /// - Parameters:
    ///   - hours: Times; empty for the whole day.
    ///   - days: `mon-fri`, `sat,sun`; empty for all.
    /// - Returns: `nil` when something of it is none.
    public init?(_ hours: String, days: String = "") {
        guard let spans = Self.list(hours, Self.span), let days = Self.list(days, Self.range) else { return nil }
        self.spans = spans.isEmpty ? [Span(first: 0, end: WeekTime.minutesOfDay)] : spans
        self.days = days.isEmpty ? Set(Self.dayNames.indices) : Set(days.joined())
    }

    /// Whether a time is one of them.
    public func contains(_ time: WeekTime) -> Bool {
        spans.contains { span in
            if span.first < span.end {
                return (span.first..<span.end).contains(time.minute) && days.contains(time.day)
            }
            return time.minute >= span.first && days.contains(time.day)
                || time.minute < span.end && days.contains((time.day + 6) % 7)
        }
    }

    private static func list<Value>(_ text: String, _ read: (Substring) -> Value?) -> [Value]? {
        let parts = text.filter { $0 != " " }.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= maximumCount else { return nil }
        if parts == [""] { return [] }
        let values = parts.compactMap(read)
        return values.count == parts.count ? values : nil
    }

    private static func span(_ text: Substring) -> Span? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(minute)
        guard ends.count == 2, let first = ends[0], let end = ends[1], first != end, first < WeekTime.minutesOfDay
        else { return nil }
        return Span(first: first, end: end)
    }

    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let hour = Int(parts[0]), let minute = Int(parts[1]), (0...59).contains(minute),
            hour >= 0, hour * 60 + minute <= WeekTime.minutesOfDay
        else { return nil }
        return hour * 60 + minute
    }

    private static func range(_ text: Substring) -> [Int]? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { word in
            dayNames.firstIndex(of: word.lowercased())
        }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else { return nil }
        return first <= last ? Array(first...last) : Array(first...6) + Array(0...last)
    }
}
