import Base
import XMLConfig

/// A zone of the machine's database: a file in the Time Zone Information Format (RFC 9636).
struct TimeZoneFile: Sendable {
    /// Where zones are.
    private static let directory = "/usr/share/zoneinfo/"
    /// The largest file that is read, in bytes; the largest of the database has four thousand.
    private static let maximumBytes = 1 << 16
    /// The longest name.
    private static let maximumName = 64

    private let transitions: [(time: Int64, type: Int)]
    private let types: [ZoneOffset]
    private let rule: ZoneRule?

    /// The zone of a name such as `Europe/Berlin`; `nil` when there is none.
    init?(named name: String) {
        let isName = name.utf8.allSatisfy { byte in
            (byte | 0x20) &- UInt8(ascii: "a") <= 25 || byte.decimalDigit != nil || "_+-/".utf8.contains(byte)
        }
        guard isName, !name.isEmpty, !name.hasPrefix("/"), name.utf8.count <= Self.maximumName,
            let bytes = try? LocalFiles().contents(of: Self.directory + name, limit: Self.maximumBytes)
        else { return nil }
        self.init(bytes)
    }

    /// Reads a file's bytes.
    init?(_ bytes: [UInt8]) {
        guard let first = Header(bytes, at: 0), first.version >= UInt8(ascii: "2") else { return nil }
        // The first block has 32-bit times, for readers of the last century.
        let second = first.end(timeSize: 4)
        guard let header = Header(bytes, at: second), header.end(timeSize: 8) <= bytes.count else { return nil }
        var start = second + Header.size
        let times = (0..<header.times).map { Self.integer(bytes, at: start + $0 * 8, size: 8) }
        start += header.times * 8
        let indexes = (0..<header.times).map { Int(bytes[start + $0]) }
        start += header.times
        let names = bytes[(start + header.types * 6)..<(start + header.types * 6 + header.characters)]
        types = (0..<header.types).map { number in
            let at = start + number * 6
            let name = names.dropFirst(Int(bytes[at + 5])).prefix { $0 != 0 }
            return ZoneOffset(
                secondsFromUTC: Int(Int32(truncatingIfNeeded: Self.integer(bytes, at: at, size: 4))),
                isDaylightSaving: bytes[at + 4] != 0,
                abbreviation: String(decoding: name, as: UTF8.self)
            )
        }
        guard indexes.allSatisfy({ $0 < header.types }), !types.isEmpty else { return nil }
        transitions = zip(times, indexes).map { ($0, $1) }
        let footer = bytes[header.end(timeSize: 8)...].drop { $0 == 10 }.prefix { $0 != 10 }
        rule = ZoneRule(String(decoding: footer, as: UTF8.self))
    }

    /// How far the zone is from UTC at a moment in seconds since 1970.
    func offset(at seconds: Int64) -> ZoneOffset {
        guard let last = transitions.last else { return rule?.offset(at: seconds) ?? types[0] }
        if seconds >= last.time { return rule?.offset(at: seconds) ?? types[last.type] }
        guard let next = transitions.firstIndex(where: { $0.time > seconds }), next > 0 else { return types[0] }
        return types[transitions[next - 1].type]
    }

    private static func integer(_ bytes: [UInt8], at start: Int, size: Int) -> Int64 {
        bytes[start..<(start + size)].reduce(0) { $0 << 8 | Int64($1) }
    }

    /// The six counts of a block (RFC 9636 §3.1).
    private struct Header {
        static let size = 44

        let version: UInt8
        let times: Int
        let types: Int
        let characters: Int
        private let start: Int
        private let leapSeconds: Int
        private let indicators: Int

        init?(_ bytes: [UInt8], at start: Int) {
            guard start + Self.size <= bytes.count, bytes[start..<(start + 4)].elementsEqual("TZif".utf8) else {
                return nil
            }
            let counts = (0..<6).map { Int(TimeZoneFile.integer(bytes, at: start + 20 + $0 * 4, size: 4)) }
            guard counts.allSatisfy({ $0 <= TimeZoneFile.maximumBytes }) else { return nil }
            self.start = start
            version = bytes[start + 4]
            indicators = counts[0] + counts[1]
            (leapSeconds, times, types, characters) = (counts[2], counts[3], counts[4], counts[5])
        }

        /// The first byte after the block.
        func end(timeSize: Int) -> Int {
            start + Self.size + times * (timeSize + 1) + types * 6 + characters + leapSeconds * (timeSize + 4)
                + indicators
        }
    }
}
