public import Base

/// The attributes of a Binding response (RFC 8489 §14).
extension STUNMessage {
    /// The types of attributes that mean something here.
    public enum AttributeType {
        /// Our address as the server saw it; of servers that keep to RFC 3489.
        public static let mappedAddress: UInt16 = 0x0001
        /// Our address, hidden from routers that rewrite addresses in messages.
        public static let xorMappedAddress: UInt16 = 0x0020
    }

    private static let familyV4: UInt8 = 1
    private static let familyV6: UInt8 = 2

    /// Our own address and port, as the server saw them.
    public var mappedAddress: IPEndpoint? {
        if let value = first(AttributeType.xorMappedAddress) { return address(value, isXored: true) }
        return first(AttributeType.mappedAddress).flatMap { address($0, isXored: false) }
    }

    /// An attribute that tells somebody their address.
    public static func xorMappedAddress(_ endpoint: IPEndpoint, in transaction: STUNTransactionID) -> Attribute {
        let (address, mask) = (endpoint.address, mask(transaction))
        var value: [UInt8] = [0, address.family == .v4 ? familyV4 : familyV6]
        append(endpoint.port ^ UInt16(truncatingIfNeeded: magicCookie >> 16), to: &value)
        if address.family == .v4 {
            append(UInt32(truncatingIfNeeded: address.low) ^ magicCookie, to: &value)
        } else {
            append(address.high ^ mask.high, to: &value)
            append(address.low ^ mask.low, to: &value)
        }
        return Attribute(type: AttributeType.xorMappedAddress, value: value)
    }

    /// The types of attributes that have to be understood and are not (RFC 8489 §14).
    ///
    /// A response with one of them is as good as none.
    public var unknownRequiredAttributes: [UInt16] {
        // What RFC 8489 and RFC 3489 define themselves: it may be there and changes nothing for a request like ours.
        let known: ClosedRange<UInt16> = 0x0001...0x0020
        return attributes.map(\.type).filter { $0 < 0x8000 && !known.contains($0) }
    }

    private func first(_ type: UInt16) -> [UInt8]? {
        attributes.first { $0.type == type }?.value
    }

    private func address(_ value: [UInt8], isXored: Bool) -> IPEndpoint? {
        guard value.count == 8 || value.count == 20 else { return nil }
        let mask = isXored ? Self.mask(transaction) : (high: 0, low: 0)
        let port = Self.number16(value, at: 2) ^ UInt16(truncatingIfNeeded: mask.high >> 48)
        switch (value[1], value.count) {
        case (Self.familyV4, 8):
            let bits = Self.number32(value, at: 4) ^ UInt32(truncatingIfNeeded: mask.high >> 32)
            return IPEndpoint(IPAddress(v4: bits), port: port)
        case (Self.familyV6, 20):
            let high = UInt64(Self.number32(value, at: 4)) << 32 | UInt64(Self.number32(value, at: 8))
            let low = UInt64(Self.number32(value, at: 12)) << 32 | UInt64(Self.number32(value, at: 16))
            return IPEndpoint(IPAddress(v6: high ^ mask.high, low ^ mask.low), port: port)
        default:
            return nil
        }
    }

    /// What addresses are combined with: the cookie and the transaction.
    private static func mask(_ transaction: STUNTransactionID) -> (high: UInt64, low: UInt64) {
        (UInt64(magicCookie) << 32 | UInt64(transaction.high), transaction.low)
    }
}
