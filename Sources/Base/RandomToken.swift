/// Random names: tags, branches, Call-IDs, UUIDs.
///
/// They take the generator as an argument so that a simulation with a seed gives the same names each time.
public enum RandomToken {
    private static let hexDigits = Array("0123456789abcdef".utf8)

    /// `bytes` random bytes as lower-case hexadecimal, twice as many characters.
    public static func hex(bytes: Int, using generator: inout some RandomNumberGenerator) -> String {
        Hexadecimal.text((0..<bytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// A version 4 UUID in its usual form, lower case (RFC 9562 §5.4).
    public static func uuid(using generator: inout some RandomNumberGenerator) -> String {
        let high = UInt64.random(in: .min ... .max, using: &generator) & ~0xF000 | 0x4000
        let low = UInt64.random(in: .min ... .max, using: &generator) & ~(3 << 62) | 1 << 63
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<16 {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
            let half = index < 8 ? high : low
            let byte = UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64(index & 7)))
            text.append(hexDigits[Int(byte >> 4)])
            text.append(hexDigits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A version 4 UUID from the system's generator.
    public static func uuid() -> String {
        var generator = SystemRandomNumberGenerator()
        return uuid(using: &generator)
    }
}
