import Glibc

extension BrokenDownTime {
    /// Makes the moment that a UTC time is in a zone so many hours ahead of UTC, or in the machine's zone.
    public init(secondsSinceEpoch seconds: Int, zoneHours: Int?) {
        if let zoneHours, abs(zoneHours) < 24 {
            self.init(secondsSinceEpoch: seconds, secondsFromUTC: zoneHours * 3600)
            return
        }
        let zone = LocalTimeZone.offset(at: seconds)
        self.init(
            secondsSinceEpoch: seconds,
            secondsFromUTC: zone.secondsFromUTC,
            isDaylightSaving: zone.isDaylightSaving
        )
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
