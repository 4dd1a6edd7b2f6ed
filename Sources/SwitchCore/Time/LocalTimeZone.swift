import Glibc

extension BrokenDownTime {
    /// Makes the moment that a UTC time is in a zone, or in the machine's.
    public init(secondsSinceEpoch seconds: Int, zone: ZoneOffset? = nil) {
        let (ahead, isDaylightSaving) =
            zone.map { ($0.secondsFromUTC, $0.isDaylightSaving) } ?? LocalTimeZone.offset(at: seconds)
        self.init(secondsSinceEpoch: seconds, secondsFromUTC: ahead, isDaylightSaving: isDaylightSaving)
    }
}

/// The machine's time zone.
enum LocalTimeZone {
    /// How far the zone is ahead of UTC at a moment, and whether daylight saving time is in force.
    static func offset(at secondsSinceEpoch: Int) -> (secondsFromUTC: Int, isDaylightSaving: Bool) {
        var moment = time_t(secondsSinceEpoch)
        var parts = tm()
        guard localtime_r(&moment, &parts) != nil else { return (0, false) }
        return (parts.tm_gmtoff, parts.tm_isdst > 0)
    }
}
