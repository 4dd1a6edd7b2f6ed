import Base
import Glibc

extension WeekTime {
    /// Now, as the clock of this machine shows it in its zone.
    public static func now() -> WeekTime {
        var moment = time_t(MachineClock.wall.seconds)
        var parts = tm()
        guard localtime_r(&moment, &parts) != nil else { return WeekTime(day: 0, minute: 0) }
        return WeekTime(day: Int(parts.tm_wday), minute: Int(parts.tm_hour) * 60 + Int(parts.tm_min))
    }
}
