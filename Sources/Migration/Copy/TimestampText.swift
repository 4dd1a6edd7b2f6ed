import Glibc

/// A moment as databases write it: `2026-08-21 10:00:00.25+02`.
///
/// One without a zone is taken to be of UTC.
struct TimestampText: Hashable {
    /// Seconds since 1970 (UTC).
    let seconds: Int64
    /// Millionths of a second after that.
    let microseconds: Int

    /// A moment.
    init(seconds: Int64, microseconds: Int) {
        (self.seconds, self.microseconds) = (seconds, microseconds)
    }

    /// Reads a text; `nil` for one that is no moment, such as MariaDB's `0000-00-00 00:00:00`.
    init?(_ text: String) {
        var rest = text.utf8[...]
        func number(_ digits: Int) -> Int? {
            guard rest.count >= digits, rest.prefix(digits).allSatisfy({ (48...57).contains($0) }) else { return nil }
            defer { rest = rest.dropFirst(digits) }
            return rest.prefix(digits).reduce(0) { $0 * 10 + Int($1 - 48) }
        }
        func take(_ choices: String) -> Bool {
            guard let byte = rest.first, choices.utf8.contains(byte) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2) else { return nil }
        var (hour, minute, second, fraction) = (0, 0, 0, 0)
        if take(" T") {
            guard let read = number(2), take(":"), let readMinute = number(2) else { return nil }
            (hour, minute) = (read, readMinute)
            if take(":") {
                guard let read = number(2) else { return nil }
                second = read
                if take(".") { fraction = Self.fraction(&rest) }
            }
        }
        var offset = 0
        if let sign = rest.first, take("+-") {
            guard let hours = number(2) else { return nil }
            _ = take(":")
            offset = (hours * 60 + (number(2) ?? 0)) * (sign == UInt8(ascii: "-") ? -60 : 60)
        } else {
            _ = take("Z")
        }
        guard rest.isEmpty, let seconds = Self.seconds(year, month, day, hour, minute, second) else { return nil }
        (self.seconds, microseconds) = (seconds - Int64(offset), fraction)
    }

    /// The digits after the point, the first six of which count.
    private static func fraction(_ rest: inout Substring.UTF8View) -> Int {
        let digits = rest.prefix { (48...57).contains($0) }
        rest = rest.dropFirst(digits.count)
        return (0..<6).reduce(0) { sum, place in
            sum * 10 + (place < digits.count ? Int(digits[digits.index(digits.startIndex, offsetBy: place)] - 48) : 0)
        }
    }

    private static func seconds(
        _ year: Int,
        _ month: Int,
        _ day: Int,
        _ hour: Int,
        _ minute: Int,
        _ second: Int
    ) -> Int64? {
        guard year > 0, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60 else {
            return nil
        }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (Int32(hour), Int32(minute), Int32(second))
        return Int64(timegm(&parts))
    }

    /// The moment for a kind of database, of UTC: `2026-08-21 08:00:00.250000`, with the zone where types have one.
    func text(offset: String) -> String {
        var (time, parts) = (time_t(seconds), tm())
        gmtime_r(&time, &parts)
        let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Self.padded(Int($0), 2) }
        return "\(Self.padded(date[0], 4))-\(Self.padded(date[1], 2))-\(Self.padded(date[2], 2)) "
            + clock.joined(separator: ":") + (microseconds == 0 ? "" : "." + Self.padded(microseconds, 6)) + offset
    }

    /// The day, of UTC.
    var day: String { String(text(offset: "").prefix { $0 != " " }) }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.utf8.count, 0)) + digits
    }
}
