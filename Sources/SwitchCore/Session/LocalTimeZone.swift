import Glibc

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
