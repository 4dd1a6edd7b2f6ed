import Base
import Glibc

/// Dates as operators write them, in the machine's zone.
enum DateText {
    /// Seconds since 1970 for `2026-01-31 13:30:00` (or without the end of it), `20260131133000`, and `13:30` of
    /// today; 0 for what is none of these.
    static func seconds(_ text: String, now: Int64) -> Int64 {
        let fields = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int32($0) }
        var parts = tm()
        parts.tm_isdst = -1
        if text.utf8.allSatisfy({ $0.decimalDigit != nil || $0 == UInt8(ascii: ":") }), text.utf8.count < 14 {
            var moment = time_t(now)
            guard localtime_r(&moment, &parts) != nil else { return 0 }
            setTime(fields[...], of: &parts)
        } else if text.contains("-"), fields.count >= 3 {
            setDate(fields, of: &parts)
            setTime(fields.dropFirst(3), of: &parts)
        } else {
            let digits = Array(text.utf8.prefix { $0.decimalDigit != nil })
            guard digits.count >= 14 else { return 0 }
            func number(_ range: Range<Int>) -> Int32 { Int32(String(decoding: digits[range], as: UTF8.self)) ?? 0 }
            setDate([number(0..<4), number(4..<6), number(6..<8)], of: &parts)
            setTime([number(8..<10), number(10..<12), number(12..<14)], of: &parts)
        }
        parts.tm_isdst = -1
        return Int64(mktime(&parts))
    }

    private static func setDate(_ fields: [Int32], of parts: inout tm) {
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (fields[0] &- 1900, fields[1] &- 1, fields[2])
    }

    private static func setTime(_ fields: ArraySlice<Int32>, of parts: inout tm) {
        let fields = Array(fields)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (fields[at: 0] ?? 0, fields[at: 1] ?? 0, fields[at: 2] ?? 0)
    }
}
