import SwitchCore
import Testing

struct TimeOfDayTests {
    /// Friday, 28 August 2026, 14:30:15, two hours ahead of UTC in summer.
    private let moment = BrokenDownTime(
        year: 2026,
        month: 8,
        day: 28,
        hour: 14,
        minute: 30,
        second: 15,
        secondsFromUTC: 7200,
        isDaylightSaving: true
    )

    @Test(arguments: [
        ("year=2026", true), ("year=2025", false), ("year=2020-2030", true), ("year=2025,2026", true),
        ("yday=240", true), ("yday=239", false), ("mon=8", true), ("mon=11-2", false), ("mon=11-8", true),
        ("mday=28", true), ("mday=1-27", false), ("mday=29-28", true), ("week=35", true), ("mweek=5", true),
        ("wday=6", true), ("wday=fri", true), ("wday=mon-fri", true), ("wday=Sat-Thu", false), ("wday=sat-fri", true),
        ("wday=fri-mon", true), ("wday=sun,fri", true), ("wday=2-6", true), ("wday=friday", true),
        ("hour=14", true), ("hour=9-17", true), ("hour=22-6", false), ("hour=12-2", true), ("minute=30", true),
        ("minute-of-day=871", true), ("minute-of-day=870", false),
        ("time-of-day=14:30-14:31", true), ("time-of-day=14:30:15-14:30:15", true), ("time-of-day=09:00-14:30", false),
        ("time-of-day=22:00-06:00", false), ("time-of-day=14:00-06:00", true),
        ("time-of-day=01:00-02:00,14:00-15:00", true),
        ("time-of-day=00:00-24:00", true),
        ("date-time=2026-08-28 14:30:15~2026-08-28 14:30:16", true),
        ("date-time=2026-08-28 14:00:00~2026-08-28 14:30:15", false),
        ("date-time=2020-01-01 00:00~2020-01-02 00:00,2026-01-01 00:00~2027-01-01 00:00", true),
        ("tz-offset=2", true), ("tz-offset=1", false), ("dst=true", true), ("dst=false", false),
        // All of several must match.
        ("wday=mon-fri;hour=9-17", true), ("wday=mon-fri;hour=9-13", false), ("mon=8;mday=28;year=1999", false),
        // What cannot be read never matches.
        ("hour=noon", false), ("time-of-day=14", false), ("mon=", false), ("hour=99999999999999999999", false),
        ("date-time=yesterday", false), ("wday=fri-", false), ("year=-", false), ("time-of-day=14:xx-15:00", false),
        ("date-time=2026-99-99 00:00~2027-01-01 00:00", false),
    ])
    func attributes(_ text: String, _ expected: Bool) throws {
        var attributes: [String: String] = [:]
        for item in text.split(separator: ";") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            attributes[String(parts[0])] = String(parts[1])
        }
        let time = try #require(TimeOfDay { attributes[$0] })
        #expect(time.matches(moment) == expected)
    }

    @Test func attributesThatMeanNothing() {
        #expect(TimeOfDay { _ in nil } == nil)
        let time = TimeOfDay { ["hour": "noon", "mon": "8"][$0] }
        #expect(time?.invalidAttributes.map { "\($0.name)=\($0.value)" } == ["hour=noon"])
    }

    /// What no clock shows is told, and the rest of the value counts.
    @Test(arguments: [
        ("wday", "8"), ("wday", "0-5"), ("hour", "24"), ("mon", "13"), ("mday", "1-32"), ("minute", "60"),
        ("yday", "0"), ("week", "54"), ("mweek", "7"), ("minute-of-day", "0-1441"),
    ])
    func attributesOutOfBounds(_ name: String, _ value: String) throws {
        let time = try #require(TimeOfDay { $0 == name ? value : nil })
        #expect(time.invalidAttributes.map(\.value) == [value])
        #expect(try #require(TimeOfDay { $0 == "hour" ? "0-23,25" : nil }).matches(moment))
    }

    @Test func mweekBeginsOnSunday() {
        // 1 August 2026 is a Saturday: the first week has one day.
        let weeks = [1, 2, 8, 9, 30, 31].map { day in
            (1...6).filter { week in
                TimeOfDay { $0 == "mweek" ? "\(week)" : nil }?
                    .matches(BrokenDownTime(year: 2026, month: 8, day: day)) ?? false
            }
        }
        #expect(weeks == [[1], [2], [2], [3], [6], [6]])
    }

    @Test(arguments: [
        (0, 0, "1970-1-1 0:0:0 5 1"), (951_782_400, 0, "2000-2-29 0:0:0 3 60"), (-1, 0, "1969-12-31 23:59:59 4 365"),
        (1_798_761_599, 3600, "2027-1-1 0:59:59 6 1"), (1_735_689_599, 0, "2024-12-31 23:59:59 3 366"),
    ])
    func calendar(_ seconds: Int, _ offset: Int, _ expected: String) {
        let time = BrokenDownTime(secondsSinceEpoch: seconds, secondsFromUTC: offset)
        let date = "\(time.year)-\(time.month)-\(time.day) \(time.hour):\(time.minute):\(time.second)"
        #expect("\(date) \(time.weekday) \(time.yearDay)" == expected)
    }
}
