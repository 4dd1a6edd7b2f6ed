import Base

/// What the OPT record says (RFC 6891).
public struct EDNS: Hashable, Sendable {
    /// The types of options.
    public enum OptionCode {
        /// The network of a client.
        public static let clientSubnet: UInt16 = 8
        /// A cookie.
        public static let cookie: UInt16 = 10
    }

    /// How many options are read.
    public static let maximumOptions = 32

    /// How many bytes the sender takes in one datagram.
    public var payloadSize: UInt16
    /// The version; only 0 exists.
    public var version: UInt8 = 0
    /// The upper eight bits of the response code.
    public var extendedCode: UInt8 = 0
    /// Whether signatures are wanted (RFC 3225).
    public var wantsSignatures = false
    /// For whom the question is asked.
    public var clientSubnet: ClientSubnet?
    /// Proof that the address is the sender's own.
    public var cookie: DNSCookie?

    /// An OPT record without options.
    public init(payloadSize: UInt16) {
        self.payloadSize = payloadSize
    }

    /// Reads the fields of an OPT record, after its type.
    init(reading cursor: inout MessageCursor) throws(DNSMessageError) {
        payloadSize = try cursor.number16()
        let flags = try cursor.number32()
        extendedCode = UInt8(truncatingIfNeeded: flags >> 24)
        version = UInt8(truncatingIfNeeded: flags >> 16)
        wantsSignatures = flags & 0x8000 != 0
        let end = Int(try cursor.number16()) + cursor.position
        guard end <= cursor.bytes.count else { throw .tooShort }
        guard version == 0 else {
            // What options of another version look like, nobody knows; its sender hears which ones there are.
            _ = try cursor.take(end - cursor.position)
            return
        }
        var options = 0
        while cursor.position < end {
            options += 1
            guard options <= Self.maximumOptions else { throw .wrongOption }
            let code = try cursor.number16()
            let value = try cursor.take(Int(try cursor.number16()))
            guard cursor.position <= end else { throw .wrongOption }
            switch code {
            // Of each, the first one counts.
            case OptionCode.clientSubnet where clientSubnet == nil: clientSubnet = try ClientSubnet(reading: value)
            case OptionCode.cookie where cookie == nil: cookie = try DNSCookie(reading: value)
            default: break
            }
        }
    }

    /// How many bytes it takes in a message.
    var length: Int {
        11 + (clientSubnet.map { 8 + $0.addressLength } ?? 0) + (cookie.map { 12 + $0.server.count } ?? 0)
    }

    func write(to bytes: inout [UInt8]) {
        bytes.append(0)
        bytes.append(bigEndian: RecordType.opt.rawValue)
        bytes.append(bigEndian: payloadSize)
        bytes += [extendedCode, version, wantsSignatures ? 0x80 : 0, 0]
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: length - 11))
        if let clientSubnet {
            bytes.append(bigEndian: OptionCode.clientSubnet)
            clientSubnet.write(to: &bytes)
        }
        if let cookie {
            bytes.append(bigEndian: OptionCode.cookie)
            bytes.append(bigEndian: UInt16(truncatingIfNeeded: 8 + cookie.server.count))
            bytes.append(bigEndian: cookie.client)
            bytes += cookie.server
        }
    }
}

extension UInt64 {
    var bigEndianBytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * UInt64($0))) }
    }
}
