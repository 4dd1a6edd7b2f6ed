/// A STUN message (RFC 8489, and RFC 5389 before it): a header and attributes.
public struct STUNMessage: Hashable, Sendable {
    /// What a message is in its transaction.
    public enum Class: UInt16, CaseIterable, Sendable {
        case request = 0x000
        case indication = 0x010
        case success = 0x100
        case error = 0x110
    }

    /// One attribute as it is written; what it means depends on its type.
    public struct Attribute: Hashable, Sendable {
        /// The type.
        public let type: UInt16
        /// The value without its padding.
        public let value: [UInt8]

        /// An attribute.
        public init(type: UInt16, value: [UInt8]) {
            (self.type, self.value) = (type, value)
        }
    }

    /// The method of a request for one's own address.
    public static let binding: UInt16 = 0x001

    /// The length of the header in bytes.
    public static let headerLength = 20
    /// The longest message that is read; servers answer in one datagram.
    public static let maximumLength = 2048
    /// The most attributes that are read.
    public static let maximumAttributes = 64
    /// What the bytes 4 to 7 of each message are.
    public static let magicCookie: UInt32 = 0x2112_A442

    /// What the message is in its transaction.
    public let messageClass: Class
    /// What is asked, of 12 bits.
    public let method: UInt16
    /// The transaction.
    public let transaction: STUNTransactionID
    /// The attributes in the order written.
    public let attributes: [Attribute]

    /// A message; of the method the lowest 12 bits count.
    public init(
        _ messageClass: Class,
        method: UInt16 = binding,
        transaction: STUNTransactionID,
        attributes: [Attribute] = []
    ) {
        (self.messageClass, self.method) = (messageClass, method & 0xFFF)
        (self.transaction, self.attributes) = (transaction, attributes)
    }
}

/// Why bytes are no STUN message.
public enum STUNMessageError: Error, Hashable, Sendable {
    /// They do not begin as one: the first two bits, the cookie.
    case notSTUN
    /// The length in the header is not that of the message, or the message is too long.
    case wrongLength
    /// An attribute reaches beyond the end.
    case attributeTooLong
    /// There are more attributes than ``STUNMessage/maximumAttributes``.
    case tooManyAttributes
}

// MARK: - Reading and writing

extension STUNMessage {
    /// Reads a message that is a whole datagram (RFC 8489 §6.3).
    public init(parsing bytes: [UInt8]) throws(STUNMessageError) {
        guard bytes.count >= Self.headerLength, bytes.count <= Self.maximumLength else { throw .wrongLength }
        let type = Self.number16(bytes, at: 0)
        guard type & 0xC000 == 0, Self.number32(bytes, at: 4) == Self.magicCookie else { throw .notSTUN }
        let length = Int(Self.number16(bytes, at: 2))
        guard length % 4 == 0, Self.headerLength + length == bytes.count else { throw .wrongLength }
        // The two bits of the class lie between those of the method (RFC 8489 §5).
        guard let messageClass = Class(rawValue: type & 0x110) else { throw .notSTUN }
        self.init(
            messageClass,
            method: type & 0xF | (type & 0xE0) >> 1 | (type & 0x3E00) >> 2,
            transaction: STUNTransactionID(
                high: Self.number32(bytes, at: 8),
                low: UInt64(Self.number32(bytes, at: 12)) << 32 | UInt64(Self.number32(bytes, at: 16))
            ),
            attributes: try Self.attributes(in: bytes)
        )
    }

    private static func attributes(in bytes: [UInt8]) throws(STUNMessageError) -> [Attribute] {
        var attributes: [Attribute] = []
        var offset = headerLength
        while offset < bytes.count {
            guard attributes.count < maximumAttributes else { throw .tooManyAttributes }
            // Both the message and the padded attributes are multiples of four: four bytes are there.
            let length = Int(number16(bytes, at: offset + 2))
            let start = offset + 4
            let end = start + (length + 3) / 4 * 4
            guard end <= bytes.count else { throw .attributeTooLong }
            attributes.append(
                Attribute(type: number16(bytes, at: offset), value: Array(bytes[start..<(start + length)]))
            )
            offset = end
        }
        return attributes
    }

    /// The message as a datagram holds it; an attribute beyond 65535 bytes is cut.
    public func serialized() -> [UInt8] {
        var body: [UInt8] = []
        for attribute in attributes {
            let value = attribute.value.prefix(Int(UInt16.max))
            Self.append(attribute.type, to: &body)
            Self.append(UInt16(clamping: value.count), to: &body)
            body += value
            body += [UInt8](repeating: 0, count: -value.count & 3)
        }
        let type = messageClass.rawValue | method & 0xF | (method & 0x70) << 1 | (method & 0xF80) << 2
        var bytes: [UInt8] = []
        Self.append(type, to: &bytes)
        Self.append(UInt16(clamping: body.count), to: &bytes)
        Self.append(Self.magicCookie, to: &bytes)
        Self.append(transaction.high, to: &bytes)
        Self.append(transaction.low, to: &bytes)
        return bytes + body
    }

    static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    static func number16(_ bytes: [UInt8], at offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }

    static func number32(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        UInt32(number16(bytes, at: offset)) << 16 | UInt32(number16(bytes, at: offset + 2))
    }
}
