public import FileReplication

/// Cuts a stream of bytes into chunks whose bounds the bytes decide (FastCDC with normalized chunking), so that bytes put in
/// or taken out change the chunks around them only.
///
/// All nodes cut alike: the table, the masks and the sizes are part of the protocol.
public struct ContentChunker: Sendable {
    /// The longest chunk of all.
    public static let longestChunk = 1 << 20

    /// How long chunks are.
    public enum Scale: Int, CaseIterable, Sendable {
        /// 4 KiB on average.
        case small = 12
        /// 16 KiB on average.
        case medium = 14
        /// 64 KiB on average.
        case large = 16
        /// 256 KiB on average.
        case huge = 18

        /// The scale for a file: a thousand chunks for a usual one, and never too many.
        public init(for size: UInt64) {
            self =
                switch size {
                case ..<(32 << 20): .small
                case ..<(256 << 20): .medium
                case ..<(4 << 30): .large
                default: .huge
                }
        }

        var average: Int { 1 << rawValue }
        var shortest: Int { average / 4 }
        /// The longest chunk, in bytes.
        public var longest: Int { average * 4 }
        /// Two bits more than the average needs, until it is reached; two fewer from then on.
        var strictMask: UInt64 { Self.mask(rawValue + 2) }
        var looseMask: UInt64 { Self.mask(rawValue - 2) }

        /// So many bits of the upper half, into which many bytes have gone.
        private static func mask(_ bits: Int) -> UInt64 { ((1 << UInt64(bits)) - 1) << (63 - UInt64(bits)) }
    }

    private let scale: Scale
    private var offset: UInt64 = 0
    private var length = 0
    private var gear: UInt64 = 0
    private var hasher = ContentHasher()

    /// Begins at the start of a file, or where a chunk of it ends.
    public init(scale: Scale, from offset: UInt64 = 0) {
        self.scale = scale
        self.offset = offset
    }

    /// Takes the next bytes, and gives the chunks that are complete.
    public mutating func update(_ bytes: [UInt8]) -> [ContentChunk] {
        var chunks: [ContentChunk] = []
        var start = 0
        while start < bytes.count {
            let (end, isCut) = unsafe bytes.withUnsafeBufferPointer { unsafe advance($0, from: start) }
            hasher.update(bytes[start..<end])
            start = end
            if isCut { chunks.append(cut()) }
        }
        return chunks
    }

    /// The last chunk; `nil` when there are no bytes after the last bound.
    public mutating func finish() -> ContentChunk? { length > 0 ? cut() : nil }

    private mutating func cut() -> ContentChunk {
        let chunk = ContentChunk(offset: offset, length: UInt32(length), hash: hasher.finish())
        offset += UInt64(length)
        (length, gear, hasher) = (0, 0, ContentHasher())
        return chunk
    }

    /// Goes on to the next bound, or to the end of the bytes.
    private mutating func advance(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (end: Int, isCut: Bool) {
        var index = start
        // Before the shortest chunk is full there is no bound to be looked for.
        if length < scale.shortest {
            let skipped = min(scale.shortest - length, bytes.count - index)
            index += skipped
            length += skipped
        }
        for (limit, mask) in [(scale.average, scale.strictMask), (scale.longest, scale.looseMask)] {
            let end = min(bytes.count, index + max(0, limit - length))
            let from = index
            let isCut = unsafe GearTable.values.withUnsafeBufferPointer { table in
                var gear = gear
                defer { self.gear = gear }
                while index < end {
                    gear = unsafe gear &<< 1 &+ table[Int(bytes[index])]
                    index += 1
                    if gear & mask == 0 { return true }
                }
                return false
            }
            length += index - from
            if isCut || length >= scale.longest { return (index, true) }
        }
        return (index, false)
    }
}

/// What each byte adds to the rolling hash: numbers without any pattern, which splitmix64 makes of a seed.
enum GearTable {
    static let values: [UInt64] = {
        var state: UInt64 = 0x7461_6E64_656D_0001
        return (0..<256).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }()
}
