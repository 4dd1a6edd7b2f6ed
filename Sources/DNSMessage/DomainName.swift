import Base

/// The name of a host or of a zone (RFC 1035 §3.1).
///
/// Two names are the same when they differ in the case of ASCII letters only; a name keeps the case that it came with,
/// because resolvers compare what they get with what they asked, letter by letter.
public struct DomainName: Sendable {
    /// How many bytes a name may have, with the lengths of its labels and the final zero.
    public static let maximumLength = 255
    /// How many bytes a label may have.
    public static let maximumLabelLength = 63

    /// The root.
    public static let root = DomainName(wire: [0])

    /// The name as in a message, without compression: labels after their lengths, and a zero.
    public let wire: [UInt8]

    /// Bytes that are known to be a name.
    init(wire: [UInt8]) {
        self.wire = wire
    }

    /// A name as text, with or without the final dot; `\.` is a dot inside a label, `\032` a byte in decimal digits.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes != [UInt8(ascii: ".")] else {
            self = .root
            return
        }
        guard !bytes.isEmpty else { return nil }
        var wire: [UInt8] = []
        var label: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ".") {
                guard Self.append(label, to: &wire) else { return nil }
                label.removeAll(keepingCapacity: true)
                index += 1
                continue
            }
            guard let (byte, length) = Self.character(of: bytes, at: index) else { return nil }
            label.append(byte)
            index += length
        }
        if !label.isEmpty {
            guard Self.append(label, to: &wire) else { return nil }
        }
        wire.append(0)
        guard wire.count <= Self.maximumLength else { return nil }
        self.wire = wire
    }

    private static func append(_ label: [UInt8], to wire: inout [UInt8]) -> Bool {
        guard (1...maximumLabelLength).contains(label.count) else { return false }
        wire.append(UInt8(truncatingIfNeeded: label.count))
        wire += label
        return true
    }

    /// One byte of a label, and how many bytes of text it took.
    private static func character(of text: [UInt8], at index: Int) -> (byte: UInt8, length: Int)? {
        guard text[index] == UInt8(ascii: "\\") else { return (text[index], 1) }
        guard index + 1 < text.count else { return nil }
        guard text[index + 1].decimalDigit != nil else { return (text[index + 1], 2) }
        guard index + 3 < text.count, let hundreds = text[index + 1].decimalDigit,
            let tens = text[index + 2].decimalDigit, let ones = text[index + 3].decimalDigit,
            let byte = UInt8(exactly: Int(hundreds) * 100 + Int(tens) * 10 + Int(ones))
        else { return nil }
        return (byte, 4)
    }

    /// How many labels it has; the root has none.
    public var labelCount: Int {
        var (count, index) = (0, 0)
        while index < wire.count, wire[index] != 0 {
            count += 1
            index += Int(wire[index]) + 1
        }
        return count
    }

    /// The name without its first label; `nil` for the root.
    public var parent: DomainName? {
        guard let first = wire.first, first != 0, Int(first) + 1 < wire.count else { return nil }
        return DomainName(wire: Array(wire[(Int(first) + 1)...]))
    }

    /// This name below another one; `nil` when that gets too long.
    public func appending(_ base: DomainName) -> DomainName? {
        let length = wire.count - 1 + base.wire.count
        return length <= Self.maximumLength ? DomainName(wire: wire.dropLast() + base.wire) : nil
    }

    /// Whether it is a zone's own name, or below it.
    public func isEqualOrBelow(_ zone: DomainName) -> Bool {
        var index = 0
        while wire.count - index > zone.wire.count {
            index += Int(wire[index]) + 1
        }
        guard wire.count - index == zone.wire.count else { return false }
        return zip(wire[index...], zone.wire).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
    }

    /// The labels before the name of a zone, as a name of their own; the root for the zone itself, `nil` outside of it.
    public func relative(to zone: DomainName) -> DomainName? {
        guard isEqualOrBelow(zone) else { return nil }
        return DomainName(wire: wire[..<(wire.count - zone.wire.count)] + [0])
    }
}

extension DomainName: Hashable {
    // The lengths of labels are below the letters, so that all bytes can be treated alike.
    /// Whether two are the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.wire.count == right.wire.count
            && zip(left.wire, right.wire).allSatisfy { $0 == $1 || $0.lowercasedASCII == $1.lowercasedASCII }
    }

    /// Mixes the name in, whatever the case of its letters.
    public func hash(into hasher: inout Hasher) {
        // FNV: one word for the hasher in the place of a call for each byte.
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in wire { value = (value ^ UInt64(byte.lowercasedASCII)) &* 0x100_0000_01B3 }
        hasher.combine(value)
    }
}

extension DomainName: CustomStringConvertible {
    /// The name as text, with its final dot.
    public var description: String {
        guard wire.count > 1 else { return "." }
        var text: [UInt8] = []
        var index = 0
        while index < wire.count, wire[index] != 0 {
            let end = index + 1 + Int(wire[index])
            for byte in wire[(index + 1)..<min(end, wire.count)] { Self.append(byte, to: &text) }
            text.append(UInt8(ascii: "."))
            index = end
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(_ byte: UInt8, to text: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "\\"):
            text += [UInt8(ascii: "\\"), byte]
        case 0x21...0x7E:
            text.append(byte)
        default:
            text.append(UInt8(ascii: "\\"))
            text += [byte / 100, byte / 10 % 10, byte % 10].map { UInt8(ascii: "0") + $0 }
        }
    }
}
