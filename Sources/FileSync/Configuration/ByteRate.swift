/// So many bytes a second, as limits say it.
public struct ByteRate: Hashable, Comparable, Sendable {
    /// What is less would keep a folder from ever being in sync.
    static let least = 1000
    /// More is no limit.
    static let most = 1 << 40

    /// Bytes a second.
    public let bytes: Int

    /// A rate; `nil` when it is less than ``least`` or more than ``most``.
    public init?(bytes: Int) {
        guard (Self.least...Self.most).contains(bytes) else { return nil }
        self.bytes = bytes
    }

    private static let units: [(name: String, bytes: Double)] = [
        ("", 1), ("b/s", 1), ("kb/s", 1e3), ("mb/s", 1e6), ("gb/s", 1e9), ("kib/s", 1024), ("mib/s", 1_048_576),
        ("gib/s", 1_073_741_824), ("kbit/s", 125), ("mbit/s", 125_000), ("gbit/s", 125_000_000),
    ]

    /// Reads a rate: `2MB/s`, `500 kB/s`, `10Mbit/s`; a number alone is bytes a second.
    public init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let number = Double(digits), let factor = Self.units.first(where: { $0.name == unit })?.bytes else {
            return nil
        }
        let bytes = (number * factor).rounded()
        guard bytes >= Double(Self.least), bytes <= Double(Self.most) else { return nil }
        self.bytes = Int(bytes)
    }

    /// The order of rates.
    public static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}

extension ByteRate? {
    /// The lower one of two limits, of which `nil` is none.
    func stricter(_ other: ByteRate?) -> ByteRate? {
        guard let one = self, let other else { return self ?? other }
        return min(one, other)
    }
}
