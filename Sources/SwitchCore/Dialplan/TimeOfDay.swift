internal import Base

/// The time attributes of a condition (`wday`, `time-of-day`, `mon` …), compiled once.
///
/// All attributes that are present must match. Ranges may be reversed and then wrap; lists are separated by commas.
public struct TimeOfDay: Sendable, Equatable {
    /// The attribute names, in the order in which they are tested.
    public static let attributeNames = [
        "date-time", "year", "yday", "mon", "mday", "week", "mweek", "wday", "hour", "minute", "minute-of-day",
        "time-of-day", "tz-offset", "dst",
    ]

    /// A value that could not be read, or that names what no clock shows (`wday="8"`); that part of it never matches.
    public struct InvalidAttribute: Sendable, Hashable {
        /// The attribute.
        public var name: String
        /// Its value.
        public var value: String
    }

    private enum Test: Sendable, Equatable {
        case dateTime([Interval])
        case number(Component, [Interval])
        case timeZoneHours(Int)
        case daylightSaving(Bool)
    }

    private enum Component: String, Sendable {
        case year, yday, mon, mday, week, mweek, wday, hour, minute
        case minuteOfDay = "minute-of-day"
        case timeOfDay = "time-of-day"

        /// The values that there are.
        var bounds: ClosedRange<Int> {
            switch self {
            case .year: 0...9999
            case .yday: 1...366
            case .mon: 1...12
            case .mday: 1...31
            case .week: 1...53
            case .mweek: 1...6
            case .wday: 1...7
            case .hour: 0...23
            case .minute: 0...59
            case .minuteOfDay: 1...1440
            case .timeOfDay: 0...86_460
            }
        }
    }

    /// A range that wraps when its end is before its start.
    private struct Interval: Sendable, Equatable {
        var first: Int
        var last: Int

        func contains(_ value: Int) -> Bool {
            first <= last ? value >= first && value <= last : value >= first || value <= last
        }
    }

    private let tests: [Test]
    /// The attributes with values that never match, at least in part.
    public let invalidAttributes: [InvalidAttribute]

    /// Compiles the attributes; nil when there is none.
    public init?(attribute: (String) -> String?) {
        var tests: [Test] = []
        var invalid: [InvalidAttribute] = []
        for name in Self.attributeNames {
            guard let value = attribute(name) else { continue }
            let parsed = Self.parse(name, value)
            if !parsed.isComplete { invalid.append(InvalidAttribute(name: name, value: value)) }
            tests.append(parsed.test)
        }
        guard !tests.isEmpty else { return nil }
        self.tests = tests
        invalidAttributes = invalid
    }

    /// Whether every attribute matches a moment.
    public func matches(_ time: BrokenDownTime) -> Bool {
        tests.allSatisfy { test in
            switch test {
            case .dateTime(let spans):
                spans.contains { $0.first <= time.calendarSeconds && time.calendarSeconds < $0.last }
            case .number(let component, let ranges):
                ranges.contains { $0.contains(Self.value(of: component, in: time)) }
            case .timeZoneHours(let hours):
                time.secondsFromUTC / 3600 == hours
            case .daylightSaving(let wanted):
                // `dst="false"` never matches in FreeSWITCH either.
                wanted && time.isDaylightSaving
            }
        }
    }

    private static func value(of component: Component, in time: BrokenDownTime) -> Int {
        switch component {
        case .year: time.year
        case .yday: time.yearDay
        case .mon: time.month
        case .mday: time.day
        case .week: (time.yearDay - 1) / 7 + 1
        case .mweek:
            // Weeks begin on Sunday; the first may be short.
            (time.day + (((time.weekday - time.day) % 7 + 7) % 7) + 6) / 7
        case .wday: time.weekday
        case .hour: time.hour
        case .minute: time.minute
        case .minuteOfDay: time.hour * 60 + time.minute + 1
        case .timeOfDay: time.hour * 3600 + time.minute * 60 + time.second
        }
    }

    private static func parse(_ name: String, _ value: String) -> (test: Test, isComplete: Bool) {
        let items = value.split(separator: ",", omittingEmptySubsequences: true).prefix(maximumItems)
        switch name {
        case "date-time":
            let spans = items.compactMap(dateTimeSpan)
            return (.dateTime(spans), !spans.isEmpty && spans.count == items.count)
        case "tz-offset":
            return (.timeZoneHours(LeadingInteger.parse(value)), integer(value) != nil)
        case "dst":
            return (.daylightSaving(value.isTrueSetting), true)
        default:
            guard let component = Component(rawValue: name) else { return (.daylightSaving(false), false) }
            let ranges = items.compactMap { range($0, of: component) }
            let arePossible = ranges.allSatisfy {
                component.bounds.contains($0.first) && component.bounds.contains($0.last)
            }
            return (.number(component, ranges), !ranges.isEmpty && ranges.count == items.count && arePossible)
        }
    }

    /// The most items of one list.
    private static let maximumItems = 256

    private static func range(_ text: Substring, of component: Component) -> Interval? {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = ends.compactMap { number($0, of: component) }
        guard numbers.count == ends.count, let first = numbers.first, let last = numbers.last else { return nil }
        if component == .timeOfDay, numbers.count != 2 { return nil }
        return Interval(first: first, last: last)
    }

    private static func number(_ text: Substring, of component: Component) -> Int? {
        let text = trimmed(text)
        switch component {
        case .timeOfDay: return clockSeconds(text)
        case .wday: return weekday(text) ?? integer(text)
        default: return integer(text)
        }
    }

    private static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    private static func weekday(_ text: Substring) -> Int? {
        let head = String(text.prefix(3))
        return weekdayNames.firstIndex { $0.equalsIgnoringASCIICase(head) }.map { $0 + 1 }
    }

    /// `hh:mm` or `hh:mm:ss` in seconds.
    private static func clockSeconds(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(integer)
        guard parts.count == 2 || parts.count == 3, let hour = parts[0], let minute = parts[1],
            let second = parts.count == 3 ? parts[2] : 0, hour <= 24, minute <= 59, second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// `YYYY-MM-DD hh:mm[:ss]~YYYY-MM-DD hh:mm[:ss]`; the end does not belong to it.
    private static func dateTimeSpan(_ text: Substring) -> Interval? {
        let ends = text.split(separator: "~", omittingEmptySubsequences: false).map { calendarSeconds(trimmed($0)) }
        guard ends.count == 2, let first = ends[0], let last = ends[1] else { return nil }
        return Interval(first: first, last: last)
    }

    private static func calendarSeconds(_ text: Substring) -> Int? {
        let halves = text.split(separator: " ")
        guard halves.count == 2, let clock = clockSeconds(halves[1]) else { return nil }
        let date = halves[0].split(separator: "-", omittingEmptySubsequences: false).map(integer)
        guard date.count == 3, let year = date[0], let month = date[1], let day = date[2] else { return nil }
        guard year <= 9999, (1...12).contains(month), (1...31).contains(day) else { return nil }
        return BrokenDownTime.daysSinceEpoch(year: year, month: month, day: day) * 86_400 + clock
    }

    private static func integer(_ text: some StringProtocol) -> Int? {
        text.utf8.count <= 9 ? Int(text) : nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
