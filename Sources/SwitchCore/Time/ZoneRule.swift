import Base

/// How a zone goes on after the last change that its file lists: `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX.1, `TZ`).
struct ZoneRule: Sendable {
    /// A change that comes every year: the weekday of a week of a month, and the local second of that day.
    private struct Change {
        let month: Int
        let week: Int
        let weekday: Int
        let second: Int
    }

    private let standard: ZoneOffset
    private let daylight: (offset: ZoneOffset, start: Change, end: Change)?

    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard let name = Self.name(&rest), let offset = Self.time(&rest) else { return nil }
        // The text counts westward.
        standard = ZoneOffset(secondsFromUTC: -offset, isDaylightSaving: false, abbreviation: name)
        guard let name = Self.name(&rest) else {
            daylight = nil
            return
        }
        let ahead = rest.first == UInt8(ascii: ",") ? nil : Self.time(&rest)
        guard let start = Self.change(&rest), let end = Self.change(&rest) else { return nil }
        let summer = ZoneOffset(
            secondsFromUTC: ahead.map { -$0 } ?? standard.secondsFromUTC + 3600,
            isDaylightSaving: true,
            abbreviation: name
        )
        daylight = (summer, start, end)
    }

    /// How far the zone is from UTC at a moment.
    func offset(at seconds: Int64) -> ZoneOffset {
        guard let (summer, start, end) = daylight else { return standard }
        let year = CivilDay(daysSinceEpoch: (seconds &+ Int64(standard.secondsFromUTC)).dividedDown(by: 86_400)).year
        let begins = Self.moment(of: start, year) - Int64(standard.secondsFromUTC)
        let ends = Self.moment(of: end, year) - Int64(summer.secondsFromUTC)
        let isSummer =
            begins < ends ? (begins..<ends).contains(seconds) : !(ends..<begins).contains(seconds)
        return isSummer ? summer : standard
    }

    /// The local second of a change in a year.
    private static func moment(of change: Change, _ year: Int64) -> Int64 {
        let first = CivilDay(year: year, month: Int64(change.month), day: 1).daysSinceEpoch
        // 1 January 1970 was a Thursday.
        let weekday = (first + 4).remainderUp(by: 7)
        var day = first + (Int64(change.weekday) - weekday).remainderUp(by: 7) + Int64(change.week - 1) * 7
        let next = change.month == 12 ? (year + 1, 1) : (year, Int64(change.month + 1))
        // The fifth week means the last.
        while day >= CivilDay(year: next.0, month: next.1, day: 1).daysSinceEpoch { day -= 7 }
        return day * 86_400 + Int64(change.second)
    }

    // MARK: - Reading

    private static func name(_ rest: inout ArraySlice<UInt8>) -> String? {
        if rest.first == UInt8(ascii: "<") {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
        }
        let letters = rest.prefix { ($0 | 0x20) &- UInt8(ascii: "a") <= 25 }
        rest = rest.dropFirst(letters.count)
        return letters.isEmpty ? nil : String(decoding: letters, as: UTF8.self)
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let digits = rest.prefix { $0.decimalDigit != nil }.prefix(4)
        rest = rest.dropFirst(digits.count)
        return Int(String(decoding: digits, as: UTF8.self))
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    private static func time(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let sign = rest.first == UInt8(ascii: "-") ? -1 : 1
        if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        guard let hours = number(&rest) else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where rest.first == UInt8(ascii: ":") {
            rest = rest.dropFirst()
            guard let part = number(&rest) else { return nil }
            seconds += part * unit
        }
        return sign * seconds
    }

    /// `,Mm.w.d[/time]`; days counted from the year's beginning are not used by any zone of today.
    private static func change(_ rest: inout ArraySlice<UInt8>) -> Change? {
        guard rest.starts(with: ",M".utf8) else { return nil }
        rest = rest.dropFirst(2)
        guard let month = number(&rest), rest.popFirst() == UInt8(ascii: "."), let week = number(&rest),
            rest.popFirst() == UInt8(ascii: "."), let weekday = number(&rest), (1...12).contains(month),
            (1...5).contains(week), (0...6).contains(weekday)
        else { return nil }
        guard rest.first == UInt8(ascii: "/") else {
            return Change(month: month, week: week, weekday: weekday, second: 7200)
        }
        rest = rest.dropFirst()
        return time(&rest).map { Change(month: month, week: week, weekday: weekday, second: $0) }
    }
}

/// A day of the Gregorian calendar.
struct CivilDay {
    let daysSinceEpoch: Int64

    init(daysSinceEpoch: Int64) { self.daysSinceEpoch = daysSinceEpoch }

    init(year: Int64, month: Int64, day: Int64) {
        // Years begin in March here, so that the leap day is a year's last.
        let year = month <= 2 ? year - 1 : year
        let era = year.dividedDown(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        daysSinceEpoch = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    var year: Int64 {
        // A guess that is at most a day or two beside the turn of a year, put right.
        var year = 1970 + (daysSinceEpoch * 400).dividedDown(by: 146_097)
        while CivilDay(year: year + 1, month: 1, day: 1).daysSinceEpoch <= daysSinceEpoch { year += 1 }
        while CivilDay(year: year, month: 1, day: 1).daysSinceEpoch > daysSinceEpoch { year -= 1 }
        return year
    }
}

extension Int64 {
    /// The quotient, rounded down.
    func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// The remainder, never negative.
    func remainderUp(by divisor: Int64) -> Int64 { self - dividedDown(by: divisor) * divisor }
}
