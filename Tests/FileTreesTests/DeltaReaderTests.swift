import FileReplication
import TandemTesting
import Testing

@testable import FileTrees

@Suite struct DeltaReaderTests {
    static let operations: [DeltaOperation] = [
        .copy(offset: 0, count: 1), .literal([1, 2, 3]), .copy(offset: 900, count: 100),
        .packed([9, 9], count: 1 << 20), .literal(noise(1 << 20)),
    ]
    static let size = operations.reduce(UInt64(0)) { $0 + $1.count }

    @Test(arguments: [1, 7, 1_000_000_000]) func whatIsWrittenIsReadInWhateverPieces(piece: Int) throws {
        let bytes = Self.operations.flatMap(DeltaWriter.bytes) + DeltaWriter.ending
        // Bytes that come one by one are many, so only the first and last of them do.
        let places =
            piece == 1
            ? Array(0..<40) + [40, bytes.count]
            : Array(stride(from: 0, to: bytes.count, by: max(piece, 60_000))) + [bytes.count]
        var reader = DeltaReader(baseSize: 1000, size: Self.size)
        var read: [DeltaOperation] = []
        for (start, end) in zip(places, places.dropFirst()) {
            reader.feed(bytes[start..<end])
            while let operation = try reader.next() { read.append(operation) }
        }
        #expect(read == Self.operations)
        #expect(reader.isDone)
    }

    static let faults: [(bytes: [UInt8], fault: DeltaFault)] = [
        ([4], .malformed), ([255], .malformed),
        ([1, 0, 0], .malformed), ([2, 0], .malformed), ([3, 1, 1, 7], .malformed), ([3, 5, 0], .malformed),
        // A number with too many bits.
        ([1] + [UInt8](repeating: 0xFF, count: 10), .malformed),
        ([1] + [UInt8](repeating: 0xFF, count: 9) + [1, 1], .outsideBase),
        ([1, 100, 1], .outsideBase), ([1, 0, 101], .outsideBase),
        ([2, 0x81, 0x80, 0x40], .tooLarge), ([3, 0x81, 0x80, 0x40, 1, 0], .tooLarge),
        ([2, 51] + [UInt8](repeating: 0, count: 51), .wrongSize), ([1, 0, 30, 1, 0, 30], .wrongSize),
        ([0], .wrongSize), ([1, 0, 49, 0], .wrongSize),
    ]

    @Test(arguments: faults.indices) func whatIsNoDeltaIsRefused(index: Int) {
        let (bytes, fault) = Self.faults[index]
        var reader = DeltaReader(baseSize: 100, size: 50)
        reader.feed(bytes)
        #expect(throws: fault) { while try reader.next() != nil {} }
    }

    @Test func anIncompleteDeltaIsNotDone() throws {
        var reader = DeltaReader(baseSize: 100, size: 50)
        reader.feed([1, 0, 50])
        #expect(try reader.next() == .copy(offset: 0, count: 50))
        #expect(try reader.next() == nil)
        #expect(!reader.isDone)
    }

    static let signatures: [(bytes: [UInt8], fault: DeltaFault)] = [
        ([], .malformed), ([0x80], .malformed), ([0x80, 8, 1], .malformed), ([0, 0], .tooLarge),
        ([0xFF, 3, 0], .tooLarge), ([0x81, 0x80, 8, 0], .tooLarge), ([0x80, 8, 0x81, 0x80, 0x80, 1], .tooLarge),
        ([0x80, 8, 1] + [UInt8](repeating: 0, count: 13), .malformed),
        ([UInt8](repeating: 0xFF, count: 9) + [1, 1], .tooLarge),
    ]

    @Test(arguments: signatures.indices) func whatIsNoSignatureIsRefused(index: Int) {
        #expect(throws: Self.signatures[index].fault) { try BlockSignature(Self.signatures[index].bytes) }
    }

    @Test func aSignatureIsReadAsItWasWritten() throws {
        let blocks = [BlockSignature.Block(weak: 0x0102_0304, strong: .max), .init(weak: .max, strong: 5)]
        let signature = try #require(BlockSignature(blockLength: 1024, blocks: blocks))
        #expect(try BlockSignature(signature.bytes) == signature)
    }

    @Test(arguments: [(UInt64(0), 512), (10 << 20, 4096), (1 << 40, 131_072), (.max, 131_072)])
    func blocksGrowWithTheFile(size: UInt64, length: Int) { #expect(BlockSignature.blockLength(for: size) == length) }
}
