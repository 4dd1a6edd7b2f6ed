public import Base

/// The network for whose client a question is asked, or for which an answer is good (RFC 7871 §6).
public struct ClientSubnet: Hashable, Sendable {
    /// The numbers of the families of addresses (IANA, Address Family Numbers).
    private enum Family {
        static let none: UInt16 = 0
        static let v4: UInt16 = 1
        static let v6: UInt16 = 2
    }

    /// The network; `nil` where somebody says nothing about a client, not even a family.
    public let prefix: IPPrefix?
    /// In an answer, for how much of the network it is good; 0 in a question.
    public var scope: UInt8 = 0

    /// A network that is asked for.
    public init(_ prefix: IPPrefix?, scope: UInt8 = 0) {
        (self.prefix, self.scope) = (prefix, scope)
    }

    /// How many bytes the address takes, which has no more of them than the prefix needs.
    var addressLength: Int { prefix.map { ($0.length + 7) / 8 } ?? 0 }

    /// Reads the option; bits beyond the prefix have to be zero (RFC 7871 §6).
    init(reading value: ArraySlice<UInt8>) throws(DNSMessageError) {
        guard value.count >= 4, value.count <= 20 else { throw .wrongOption }
        let start = value.startIndex
        let family = UInt16(value[start]) << 8 | UInt16(value[start + 1])
        let length = Int(value[start + 2])
        scope = value[start + 3]
        let address = value[(start + 4)...]
        guard address.count == (length + 7) / 8 else { throw .wrongOption }
        var bits: (high: UInt64, low: UInt64) = (0, 0)
        for index in 0..<16 {
            let byte = index < address.count ? UInt64(address[address.startIndex + index]) : 0
            if index < 8 { bits.high = bits.high << 8 | byte } else { bits.low = bits.low << 8 | byte }
        }
        switch family {
        case Family.none:
            guard length == 0 else { throw .wrongOption }
            prefix = nil
        case Family.v4, Family.v6:
            let whole =
                family == Family.v4
                ? IPAddress(v4: UInt32(truncatingIfNeeded: bits.high >> 32)) : IPAddress(v6: bits.high, bits.low)
            guard let prefix = IPPrefix(whole, length: length), prefix.address == whole else { throw .wrongOption }
            self.prefix = prefix
        default:
            throw .wrongOption
        }
    }

    func write(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: 4 + addressLength))
        guard let prefix else {
            bytes += [0, 0, 0, scope]
            return
        }
        bytes.append(bigEndian: prefix.address.family == .v4 ? Family.v4 : Family.v6)
        bytes.append(UInt8(truncatingIfNeeded: prefix.length))
        bytes.append(scope)
        bytes += prefix.address.bytes.prefix(addressLength)
    }
}
