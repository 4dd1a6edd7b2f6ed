import Base

/// A network at one of the levels that networks are told apart by.
struct NetworkKey: Hashable, Sendable {
    /// The prefix lengths of the levels, the widest first.
    static let lengthsV4: [UInt8] = [8, 12, 16, 20, 24, 28, 32]
    /// The same for IPv6: what is behind 64 bits belongs to one line.
    static let lengthsV6: [UInt8] = [16, 24, 32, 40, 48, 56, 64]
    /// The widest level that decides; those before it only say whether anything is known in a region, so that answers
    /// for regions of which nothing is known are good for all of them.
    static let firstDeciding = 2
    /// How many levels there are, in either family.
    static let levels = 7

    /// The first 64 bits of the address.
    let bits: UInt64
    /// The level, counted from the widest.
    let level: UInt8
    let isV6: Bool

    init(_ address: IPAddress, level: Int) {
        isV6 = address.family == .v6
        self.level = UInt8(truncatingIfNeeded: level)
        let whole = isV6 ? address.high : address.low << 32
        let length = Self.lengths(isV6: isV6)[level]
        bits = whole & ~(length >= 64 ? 0 : UInt64.max >> UInt64(length))
    }

    static func lengths(isV6: Bool) -> [UInt8] { isV6 ? lengthsV6 : lengthsV4 }

    /// The most specific level of a network that is at least as wide; `nil` when it is wider than the widest level.
    static func level(of network: IPPrefix) -> Int? {
        lengths(isV6: network.address.family == .v6).lastIndex { Int($0) <= network.length }
    }

    /// How many bits all addresses of the network have in common.
    var length: Int { Int(Self.lengths(isV6: isV6)[Int(level)]) }

    /// The network.
    var address: IPAddress {
        isV6 ? IPAddress(v6: bits, 0) : IPAddress(v4: UInt32(truncatingIfNeeded: bits >> 32))
    }

    /// A number for tables, and for chances that stay the same for a network.
    var mixed: UInt64 {
        var value = bits ^ UInt64(level) << 1 ^ (isV6 ? 1 : 0)
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
