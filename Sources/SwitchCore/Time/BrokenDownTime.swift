/// A moment as a wall calendar and clock show it in some zone.
public struct BrokenDownTime: Sendable, Hashable {
    /// The year, such as 2026.
    public var year: Int
    /// The month, 1 to 12.
    public var month: Int
    /// The day of the month, 1 to 31.
    public var day: Int
    /// The hour, 0 to 23.
    public var hour: Int
    /// The minute, 0 to 59.
    public var minute: Int
    /// The second, 0 to 60.
    public var second: Int
    /// The day of the week, 1 (Sunday) to 7 (Saturday).
    public var weekday: Int
    /// The day of the year, 1 to 366.
    public var yearDay: Int
    /// How far the zone is ahead of UTC, in seconds.
    public var secondsFromUTC: Int
    /// Whether daylight saving time is in force.
    public var isDaylightSaving: Bool

    /// Makes a moment; the week day and the day of the year follow from the date.
    public init(
        year: Int,
        month: Int,
        day: Int,
        hour: Int = 0,
        minute: Int = 0,
        second: Int = 0,
        secondsFromUTC: Int = 0,
        isDaylightSaving: Bool = false
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.secondsFromUTC = secondsFromUTC
        self.isDaylightSaving = isDaylightSaving
        let dayNumber = Self.daysSinceEpoch(year: year, month: month, day: day)
        // 1 January 1970 was a Thursday, the fifth day of a week that begins on Sunday.
        weekday = ((dayNumber + 4) % 7 + 7) % 7 + 1
        yearDay = dayNumber - Self.daysSinceEpoch(year: year, month: 1, day: 1) + 1
    }

    /// Makes the moment that a UTC time is in a zone with a fixed offset.
    public init(secondsSinceEpoch: Int, secondsFromUTC: Int = 0, isDaylightSaving: Bool = false) {
        // A clock beyond the year 10000 is broken; the bound keeps the arithmetic in range.
        let bound = 300_000_000_000
        let local = min(max(secondsSinceEpoch, -bound), bound) + min(max(secondsFromUTC, -bound), bound)
        let days = (local >= 0 ? local : local - 86_399) / 86_400
        let seconds = local - days * 86_400
        let date = Self.date(daysSinceEpoch: days)
        self.init(
            year: date.year,
            month: date.month,
            day: date.day,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            secondsFromUTC: secondsFromUTC,
            isDaylightSaving: isDaylightSaving
        )
    }

    /// Seconds on the calendar, for ordering moments of the same zone.
    var calendarSeconds: Int {
        Self.daysSinceEpoch(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// Days from 1 January 1970 in the Gregorian calendar; years begin in March so that leap days come last.
    static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
        let days = daysSinceEpoch + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }
}
