/// The SHA-256 of bytes: of a whole file, or of a chunk of one.
///
/// Four words in place of an array, because there is one for each chunk of each file.
public struct ContentHash: Hashable, Sendable {
    /// How many bytes it has.
    public static let count = 32

    private var words: (UInt64, UInt64, UInt64, UInt64)

    /// Takes 32 bytes; `nil` when there are more or fewer.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.count else { return nil }
        words = (0, 0, 0, 0)
        for (index, byte) in bytes.enumerated() {
            let shifted = UInt64(byte) << (56 - UInt64(index % 8) * 8)
            switch index / 8 {
            case 0: words.0 |= shifted
            case 1: words.1 |= shifted
            case 2: words.2 |= shifted
            default: words.3 |= shifted
            }
        }
    }

    /// Takes the 32 bytes as four words, the first byte highest.
    public init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.count)
        for word in [words.0, words.1, words.2, words.3] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return bytes
    }

    /// Whether they are the same bytes.
    public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    /// Feeds the hasher: the first word is as good as all four.
    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// A piece of a file whose bounds its own bytes decide, so that it is the same piece wherever it stands.
public struct ContentChunk: Hashable, Sendable {
    /// Where it begins in the file.
    public var offset: UInt64
    /// Its length in bytes, at least 1.
    public var length: UInt32
    /// The hash of its bytes.
    public var hash: ContentHash

    /// A chunk.
    public init(offset: UInt64, length: UInt32, hash: ContentHash) {
        self.offset = offset
        self.length = length
        self.hash = hash
    }
}
