/// An IPv4 or IPv6 address as a plain value: 16 bytes and a family, no allocation.
public struct IPAddress: Hashable, Sendable {
    /// Which protocol the address belongs to.
    public enum Family: UInt8, Sendable {
        case v4, v6
    }

    /// The first eight bytes of an IPv6 address in host order; zero for IPv4.
    public let high: UInt64
    /// The last eight bytes of an IPv6 address, or the 32 bits of an IPv4 address, in host order.
    public let low: UInt64
    /// The protocol of the address.
    public let family: Family

    /// An IPv4 address from its 32 bits in host order: `127.0.0.1` is `0x7F00_0001`.
    public init(v4 bits: UInt32) {
        (high, low, family) = (0, UInt64(bits), .v4)
    }

    /// An IPv6 address from its two halves in host order.
    public init(v6 high: UInt64, _ low: UInt64) {
        (self.high, self.low, family) = (high, low, .v6)
    }

    /// The address `0.0.0.0`.
    public static let anyV4 = IPAddress(v4: 0)
    /// The address `::`.
    public static let anyV6 = IPAddress(v6: 0, 0)
    /// The address `127.0.0.1`.
    public static let loopbackV4 = IPAddress(v4: 0x7F00_0001)
    /// The address `::1`.
    public static let loopbackV6 = IPAddress(v6: 0, 1)

    /// Whether this is the "any" address of its family.
    public var isUnspecified: Bool { high == 0 && low == 0 }

    /// Whether traffic to the address stays on this machine (127.0.0.0/8, ::1).
    public var isLoopback: Bool {
        family == .v4 ? low >> 24 == 127 : high == 0 && low == 1
    }

    /// Whether the address is only valid on one link (169.254.0.0/16, fe80::/10).
    public var isLinkLocal: Bool {
        family == .v4 ? low >> 16 == 0xA9FE : high >> 54 == 0xFE80 >> 6
    }

    /// Whether the Internet's routers carry traffic to the address: it is not private (RFC 1918, RFC 4193), shared with a
    /// carrier (RFC 6598), link-local, this machine's, or unspecified.
    public var isGlobal: Bool {
        if isUnspecified || isLoopback || isLinkLocal { return false }
        guard family == .v4 else { return high >> 57 != 0xFC >> 1 }
        return low >> 24 != 0 && low >> 24 != 10 && low >> 20 != 0xAC1 && low >> 16 != 0xC0A8
            && low >> 22 != 0x6440 >> 6
    }

    /// The IPv4 address that an IPv6 one stands for (RFC 4291 §2.5.5.2), or the address itself.
    public var unmapped: IPAddress {
        guard family == .v6, high == 0, low >> 32 == 0xFFFF else { return self }
        return IPAddress(v4: UInt32(truncatingIfNeeded: low))
    }

    /// The number of bits in the address: 32 or 128.
    public var bitWidth: Int { family == .v4 ? 32 : 128 }

    /// The bytes of the address in network order: 4 or 16 of them.
    public var bytes: [UInt8] {
        family == .v4
            ? (0..<4).map { UInt8(truncatingIfNeeded: low >> (24 - 8 * UInt64($0))) }
            : (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * UInt64($0))) }
                + (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * UInt64($0))) }
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted quad, or the canonical IPv6 text of RFC 5952.
    public var description: String {
        guard family == .v6 else {
            return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
        }
        let groups = (0..<8).map { index -> UInt64 in
            let half = index < 4 ? high : low
            return half >> (48 - 16 * UInt64(index & 3)) & 0xFFFF
        }
        let run = Self.longestZeroRun(groups)
        guard run.count > 1 else { return Self.hex(groups[...]) }
        return Self.hex(groups[..<run.lowerBound]) + "::" + Self.hex(groups[run.upperBound...])
    }

    private static func hex(_ groups: ArraySlice<UInt64>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// RFC 5952 §4.2.3: the longest run of zero groups is shortened, the first of equals.
    private static func longestZeroRun(_ groups: [UInt64]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > best.count { best = start..<index }
            start = index + 1
        }
        return best
    }
}
