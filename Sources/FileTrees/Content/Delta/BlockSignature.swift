/// What somebody who has another version of a file is told of ours, so that he can find our blocks in his: a weak sum that
/// rolls, and a part of a hash, of each block.
public struct BlockSignature: Hashable, Sendable {
    /// The sums of one block.
    public struct Block: Hashable, Sendable {
        /// The sum that rolls.
        public let weak: UInt32
        /// The first eight bytes of the block's SHA-256.
        public let strong: UInt64

        /// The sums.
        public init(weak: UInt32, strong: UInt64) {
            self.weak = weak
            self.strong = strong
        }
    }

    /// How long each block is; what is left at the end has no sums.
    public let blockLength: Int
    /// The blocks, from the beginning of the file.
    public let blocks: [Block]

    /// A signature that keeps to the limits; `nil` otherwise.
    public init?(blockLength: Int, blocks: [Block]) {
        guard DeltaLimits.blockLengths.contains(blockLength), blocks.count <= DeltaLimits.mostBlocks else { return nil }
        self.blockLength = blockLength
        self.blocks = blocks
    }

    /// The length of blocks for a file: the longer it is, the longer they are, so that sums and what is sent in vain for a
    /// change stay in proportion.
    public static func blockLength(for size: UInt64) -> Int {
        var length = UInt64(DeltaLimits.blockLengths.lowerBound)
        while length < UInt64(DeltaLimits.blockLengths.upperBound), length * length < size { length *= 2 }
        return Int(length)
    }

    /// Whether a file of this size can have a signature.
    public static func isPossible(for size: UInt64) -> Bool {
        size / UInt64(blockLength(for: size)) <= UInt64(DeltaLimits.mostBlocks)
    }

    /// The bytes that a peer gets.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(blocks.count * 12 + 12)
        DeltaWriter.append(UInt64(blockLength), to: &output)
        DeltaWriter.append(UInt64(blocks.count), to: &output)
        for block in blocks {
            for shift in stride(from: UInt32(24), through: 0, by: -8) {
                output.append(UInt8(truncatingIfNeeded: block.weak >> shift))
            }
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                output.append(UInt8(truncatingIfNeeded: block.strong >> shift))
            }
        }
        return output
    }

    /// Reads a peer's.
    public init(_ bytes: [UInt8]) throws(DeltaFault) {
        var head = NumberReader(bytes[...])
        guard let length = try head.number(), let count = try head.number() else { throw .malformed }
        guard length <= UInt64(DeltaLimits.blockLengths.upperBound), count <= UInt64(DeltaLimits.mostBlocks) else {
            throw .tooLarge
        }
        guard bytes.count - head.index == Int(count) * 12 else { throw .malformed }
        var blocks: [Block] = []
        blocks.reserveCapacity(Int(count))
        for start in stride(from: head.index, to: bytes.count, by: 12) {
            let weak = bytes[start..<(start + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let strong = bytes[(start + 4)..<(start + 12)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            blocks.append(Block(weak: weak, strong: strong))
        }
        guard let signature = BlockSignature(blockLength: Int(length), blocks: blocks) else { throw .tooLarge }
        self = signature
    }
}
