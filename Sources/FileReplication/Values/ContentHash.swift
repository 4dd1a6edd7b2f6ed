/// The SHA-256 of a file's content or of a piece of it.
public struct ContentHash: Hashable, Sendable {
    /// How many bytes it has.
    public static let length = 32

    // Four words need no allocation, which an array would for each file.
    let words: (UInt64, UInt64, UInt64, UInt64)

    init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// The hash with these bytes; `nil` when they are not 32.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for (index, byte) in bytes.enumerated() {
            let shifted = UInt64(byte) << UInt64(56 - 8 * (index & 7))
            switch index >> 3 {
            case 0: words.0 |= shifted
            case 1: words.1 |= shifted
            case 2: words.2 |= shifted
            default: words.3 |= shifted
            }
        }
        self.words = words
    }

    /// Its 32 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.length)
        for word in [words.0, words.1, words.2, words.3] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return bytes
    }

    /// Whether all words are the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.words == right.words
    }

    /// Any of its bits will do.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

extension ContentHash: Comparable {
    /// The order of their bytes.
    public static func < (left: Self, right: Self) -> Bool {
        left.words < right.words
    }
}
