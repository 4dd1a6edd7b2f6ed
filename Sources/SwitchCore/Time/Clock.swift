import Glibc

/// Times as text.
public enum Clock {
    /// The longest text that a format may make, in bytes.
    private static let maximumLength = 1024

    /// A time by the C library's format, in the machine's zone or another; empty when the text would be too long.
    public static func text(_ format: String, seconds: Int64, zone: ZoneOffset? = nil) -> String {
        var parts = tm()
        guard let zone else {
            var moment = time_t(seconds)
            guard localtime_r(&moment, &parts) != nil else { return "" }
            return text(format, parts)
        }
        var moment = time_t(seconds &+ Int64(zone.secondsFromUTC))
        guard gmtime_r(&moment, &parts) != nil else { return "" }
        parts.tm_gmtoff = zone.secondsFromUTC
        parts.tm_isdst = zone.isDaylightSaving ? 1 : 0
        return zone.abbreviation.withCString { name in
            parts.tm_zone = name
            return text(format, parts)
        }
    }

    private static func text(_ format: String, _ parts: tm) -> String {
        var parts = parts
        var buffer = [CChar](repeating: 0, count: maximumLength)
        let length = strftime(&buffer, buffer.count, format, &parts)
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// How far a zone is from UTC at some moment.
public struct ZoneOffset: Hashable, Sendable {
    /// How many seconds it is ahead.
    public var secondsFromUTC: Int
    /// Whether daylight saving time is in force.
    public var isDaylightSaving: Bool
    /// What the zone is called then: `CEST`.
    public var abbreviation: String

    /// An offset.
    public init(secondsFromUTC: Int, isDaylightSaving: Bool, abbreviation: String) {
        (self.secondsFromUTC, self.isDaylightSaving) = (secondsFromUTC, isDaylightSaving)
        self.abbreviation = abbreviation
    }

    /// A zone that is always so many whole hours ahead of UTC; `nil` when no zone is.
    public init?(hours: Int) {
        guard hours.magnitude < 24 else { return nil }
        let name = "UTC\(hours < 0 ? "" : "+")\(hours)"
        self.init(secondsFromUTC: hours * 3600, isDaylightSaving: false, abbreviation: name)
    }
}
