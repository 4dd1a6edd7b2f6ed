import Base
import Glibc

/// When a version was kept: what is at the end of its name, `kept-20261127-120000-123` (UTC, with milliseconds).
struct VersionLabel: Hashable, Comparable {
    private static let prefix = "kept-"
    private static let length = 24

    /// Milliseconds since 1970.
    let milliseconds: Int64

    static func now() -> VersionLabel { VersionLabel(milliseconds: MachineClock.wall.nanoseconds / 1_000_000) }

    static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// As it is in a name.
    var text: String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date =
            Self.padded(Int(parts.tm_year) + 1900, 4) + Self.padded(Int(parts.tm_mon) + 1, 2)
            + Self.padded(Int(parts.tm_mday), 2)
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Self.padded(Int($0), 2) }.joined()
        return Self.prefix + date + "-" + time + "-" + Self.padded(Int(milliseconds % 1000), 3)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The label at the end of a name, and the name before it; `nil` when there is none.
    static func read(_ name: [UInt8]) -> (label: VersionLabel, name: [UInt8])? {
        guard name.count > length + 1 else { return nil }
        let text = String(decoding: name.suffix(length), as: UTF8.self)
        guard name[name.count - length - 1] == UInt8(ascii: "."), text.hasPrefix(prefix) else { return nil }
        let words = text.dropFirst(prefix.count).split(separator: "-").map(String.init)
        guard words.count == 3, words.map(\.utf8.count) == [8, 6, 3] else { return nil }
        let digits = words.joined().utf8.compactMap { Character(Unicode.Scalar($0)).wholeNumberValue }
        guard digits.count == 17 else { return nil }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        var parts = tm()
        (parts.tm_year, parts.tm_mon) = (Int32(number(0..<4) - 1900), Int32(number(4..<6) - 1))
        (parts.tm_mday, parts.tm_hour) = (Int32(number(6..<8)), Int32(number(8..<10)))
        (parts.tm_min, parts.tm_sec) = (Int32(number(10..<12)), Int32(number(12..<14)))
        let label = VersionLabel(milliseconds: Int64(timegm(&parts)) * 1000 + Int64(number(14..<17)))
        guard label.text == text else { return nil }
        return (label, Array(name.dropLast(length + 1)))
    }
}
