/// Why bytes are no message.
public enum DNSMessageError: Error, Hashable, Sendable {
    /// Something reaches beyond the end.
    case tooShort
    /// The message is longer than ``DNSMessage/maximumLength``, or something follows its last record.
    case wrongLength
    /// A name is longer than 255 bytes.
    case nameTooLong
    /// A label is of a kind that does not exist.
    case unknownLabel
    /// A pointer does not lead back, or there are too many of them.
    case wrongPointer
    /// There are more records than ``DNSMessage/maximumRecords``.
    case tooManyRecords
    /// What a record says does not have the form of its type.
    case wrongData
    /// There is more than one OPT record, or one with a name.
    case wrongOPT
    /// An option of EDNS does not have its form.
    case wrongOption
}

/// Reads a message from its beginning to its end.
struct MessageCursor {
    /// How many pointers may be followed for one name: more than names have labels are of no use.
    static let maximumPointers = 64

    let bytes: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], at position: Int = 0) {
        (self.bytes, self.position) = (bytes, position)
    }

    var remaining: Int { bytes.count - position }

    mutating func number8() throws(DNSMessageError) -> UInt8 {
        guard position < bytes.count else { throw .tooShort }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func number16() throws(DNSMessageError) -> UInt16 {
        guard remaining >= 2 else { throw .tooShort }
        defer { position += 2 }
        return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
    }

    mutating func number32() throws(DNSMessageError) -> UInt32 {
        let high = try number16()
        return UInt32(high) << 16 | UInt32(try number16())
    }

    mutating func take(_ count: Int) throws(DNSMessageError) -> ArraySlice<UInt8> {
        guard count >= 0, remaining >= count else { throw .tooShort }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    /// A string after its length.
    mutating func string() throws(DNSMessageError) -> [UInt8] {
        Array(try take(Int(try number8())))
    }

    /// A name, which may end with a pointer to an earlier one (RFC 1035 §4.1.4).
    mutating func name() throws(DNSMessageError) -> DomainName {
        var wire: [UInt8] = []
        wire.reserveCapacity(64)
        var index = position
        // Where the piece began that is being read: a pointer has to lead before it, so that there can be no circle.
        var pieceStart = position
        var pointers = 0
        while true {
            guard index < bytes.count else { throw .tooShort }
            let length = Int(bytes[index])
            switch length >> 6 {
            case 0:
                guard index + length < bytes.count else { throw .tooShort }
                guard wire.count + length + 1 <= DomainName.maximumLength else { throw .nameTooLong }
                wire += bytes[index...(index + length)]
                index += length + 1
                guard length > 0 else {
                    if pointers == 0 { position = index }
                    return DomainName(wire: wire)
                }
            case 3:
                guard index + 1 < bytes.count else { throw .tooShort }
                let target = (length & 0x3F) << 8 | Int(bytes[index + 1])
                if pointers == 0 { position = index + 2 }
                pointers += 1
                guard target < pieceStart, pointers <= Self.maximumPointers else { throw .wrongPointer }
                (index, pieceStart) = (target, target)
            default:
                throw .unknownLabel
            }
        }
    }
}
