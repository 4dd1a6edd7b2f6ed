import Base
import Crypto

/// The hash of a digest exchange (RFC 7616 §3.2, RFC 8760).
public enum DigestAlgorithm: Hashable, Sendable, CaseIterable {
    case md5, md5Session, sha256, sha256Session

    /// The name in challenges and credentials.
    public var name: String {
        switch self {
        case .md5: "MD5"
        case .md5Session: "MD5-sess"
        case .sha256: "SHA-256"
        case .sha256Session: "SHA-256-sess"
        }
    }

    /// The algorithm of that name, compared without case; `nil` for those that we do not know.
    public init?(name: String) {
        guard let known = Self.allCases.first(where: { $0.name.equalsIgnoringASCIICase(name) }) else { return nil }
        self = known
    }

    /// Whether the secret is mixed with nonce and cnonce once more (RFC 7616 §3.4.2).
    var isSession: Bool { self == .md5Session || self == .sha256Session }

    /// How much is to be preferred: SHA-256 over MD5.
    var strength: Int {
        switch self {
        case .md5: 0
        case .md5Session: 1
        case .sha256: 2
        case .sha256Session: 3
        }
    }

    /// The hash of texts joined with colons, as lower-case hexadecimal.
    func hash(_ parts: String...) -> String {
        var input: [UInt8] = []
        input.reserveCapacity(parts.reduce(parts.count) { $0 + $1.utf8.count })
        for (position, part) in parts.enumerated() {
            if position > 0 { input.append(UInt8(ascii: ":")) }
            input.append(contentsOf: part.utf8)
        }
        return hash(of: input)
    }

    /// The hash of octets, as lower-case hexadecimal.
    func hash(of input: [UInt8]) -> String {
        switch self {
        case .md5, .md5Session: Hexadecimal.text(Insecure.MD5.hash(data: input))
        case .sha256, .sha256Session: Hexadecimal.text(SHA256.hash(data: input))
        }
    }
}
