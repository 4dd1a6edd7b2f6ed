import Base

/// What a certificate is known by: the SHA-256 of its encoding.
public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes it has.
    static let count = 32
    private static let prefix = "SHA256:"

    private let bytes: [UInt8]

    /// That of a certificate whose encoding has this hash.
    init(hash: [UInt8]) {
        bytes = hash
    }

    /// Reads one: `SHA256:` and 64 hexadecimal digits; also without the prefix, and with colons between, as others write it.
    public init?(_ text: String) {
        let hasPrefix = text.prefix(Self.prefix.count).uppercased() == Self.prefix
        let digits = (hasPrefix ? text.dropFirst(Self.prefix.count) : text[...]).filter { $0 != ":" }
        guard let bytes = Hexadecimal.bytes(digits, count: Self.count) else { return nil }
        self.bytes = bytes
    }

    /// As it is written.
    public var description: String { Self.prefix + Hexadecimal.text(bytes) }
}
