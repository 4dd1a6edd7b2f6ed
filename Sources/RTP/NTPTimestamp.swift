/// A wall-clock instant in the format of RTCP: seconds since 1900 in 32.32 fixed point (RFC 3550 §4).
public struct NTPTimestamp: Hashable, Sendable {
    /// The 64 bits: whole seconds above, fraction below.
    public var bits: UInt64

    /// A timestamp of these bits.
    public init(bits: UInt64) {
        self.bits = bits
    }

    /// The timestamp of a time since the beginning of 1970.
    public init(unixNanoseconds: Int64) {
        let (seconds, rest) = unixNanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let nanoseconds = rest < 0 ? rest &+ 1_000_000_000 : rest
        let whole = UInt64(bitPattern: (rest < 0 ? seconds &- 1 : seconds) &+ Self.unixEpochSeconds)
        bits = whole << 32 | (UInt64(nanoseconds) << 32) / 1_000_000_000
    }

    /// The middle 32 bits, in 1/65536 s: what reports carry of it.
    public var middle: UInt32 { UInt32(truncatingIfNeeded: bits >> 16) }

    /// 1970-01-01 counted from 1900-01-01.
    private static let unixEpochSeconds: Int64 = 2_208_988_800
}
