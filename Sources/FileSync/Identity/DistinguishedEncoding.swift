/// Writes what a certificate consists of: the distinguished encoding of ASN.1 (X.690), as far as one needs it.
enum DistinguishedEncoding {
    /// The kinds of values that there are in certificates.
    enum Tag: UInt8 {
        case boolean = 0x01
        case integer = 0x02
        case bitString = 0x03
        case octetString = 0x04
        case objectIdentifier = 0x06
        case text = 0x0C
        case time = 0x17
        case longTime = 0x18
        case sequence = 0x30
        case set = 0x31
        case dnsName = 0x82
        case version = 0xA0
        case extensions = 0xA3
    }

    /// A value: its kind, how long it is, what it says.
    static func value(_ tag: Tag, _ content: [UInt8]) -> [UInt8] {
        [tag.rawValue] + length(content.count) + content
    }

    /// A value that consists of others.
    static func value(_ tag: Tag, _ parts: [[UInt8]]) -> [UInt8] { value(tag, Array(parts.joined())) }

    /// A number that is not negative, from its bytes.
    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        return value(.integer, digits.first.map { $0 < 0x80 } == true ? digits : [0] + digits)
    }

    /// Bits of which all count but the last `unused`.
    static func bits(_ bytes: [UInt8], unused: UInt8 = 0) -> [UInt8] { value(.bitString, [unused] + bytes) }

    /// The name of a thing that the numbers stand for.
    static func identifier(_ numbers: [UInt32]) -> [UInt8] {
        guard numbers.count >= 2 else { return value(.objectIdentifier, [UInt8]()) }
        var content: [UInt8] = []
        for number in [numbers[0] * 40 + numbers[1]] + numbers[2...] {
            var digits = [UInt8(truncatingIfNeeded: number & 0x7F)]
            var rest = number >> 7
            while rest > 0 {
                digits.insert(UInt8(truncatingIfNeeded: rest & 0x7F) | 0x80, at: 0)
                rest >>= 7
            }
            content += digits
        }
        return value(.objectIdentifier, content)
    }

    private static func length(_ count: Int) -> [UInt8] {
        guard count >= 0x80 else { return [UInt8(count)] }
        var digits: [UInt8] = []
        var rest = count
        while rest > 0 {
            digits.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(digits.count)] + digits
    }
}
