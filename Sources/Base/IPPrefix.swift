/// A network: an address and how many of its leading bits count (`192.0.2.0/24`).
public struct IPPrefix: Hashable, Sendable {
    /// The network's address; bits beyond the prefix are zero.
    public let address: IPAddress
    /// The number of leading bits that count: 0…32 or 0…128.
    public let length: Int

    /// The network of `length` bits that `address` is in; `nil` when the length does not fit the family.
    public init?(_ address: IPAddress, length: Int) {
        guard (0...address.bitWidth).contains(length) else { return nil }
        self.length = length
        let masked = Self.mask(address, length)
        self.address = masked
    }

    /// Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone as a network of one.
    public init?(_ text: some StringProtocol) {
        guard let slash = text.firstIndex(of: "/") else {
            guard let address = IPAddress(text) else { return nil }
            self.init(address, length: address.bitWidth)
            return
        }
        guard let address = IPAddress(text[..<slash]), let length = Int(text[text.index(after: slash)...]) else {
            return nil
        }
        self.init(address, length: length)
    }

    /// Whether `candidate` is inside the network; never across families.
    public func contains(_ candidate: IPAddress) -> Bool {
        candidate.family == address.family && Self.mask(candidate, length) == address
    }

    private static func mask(_ address: IPAddress, _ length: Int) -> IPAddress {
        if address.family == .v4 {
            return IPAddress(v4: UInt32(truncatingIfNeeded: address.low) & ~(UInt32.max >> UInt32(length)))
        }
        return IPAddress(
            v6: address.high & ~(UInt64.max >> UInt64(min(length, 64))),
            address.low & ~(UInt64.max >> UInt64(max(length - 64, 0)))
        )
    }
}

extension IPPrefix: CustomStringConvertible {
    /// The network as `192.0.2.0/24`.
    public var description: String { "\(address)/\(length)" }
}
