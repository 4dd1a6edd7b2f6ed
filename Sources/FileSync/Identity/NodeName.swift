import Crypto
public import FileReplication

/// What a node is called, by itself and by all others.
///
/// Its number follows from it, so that a node stays the same when its certificate is renewed.
public struct NodeName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How long a name may be, in bytes: it is in certificates, and in names of files.
    public static let maximumLength = 63

    /// The name.
    public let text: String

    /// The name of a node that has none.
    static let unnamed = NodeName(plain: "node")

    private init(plain: String) { text = plain }

    /// A name: letters, digits, dots, hyphens and underscores of ASCII; `nil` for anything else.
    public init?(_ text: String) {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isPlain, !text.isEmpty, text.utf8.count <= Self.maximumLength else { return nil }
        self.text = text
    }

    /// The node's number: the beginning of the SHA-256 of its name in small letters.
    public var id: NodeID {
        NodeID(SHA256.hash(data: Array(text.lowercased().utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// The name.
    public var description: String { text }

    /// The order of texts.
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
