import FileReplication
import TandemTesting
import Testing

@testable import FileTrees

@Suite struct ContentTests {
    private static func chunks(_ bytes: [UInt8], portion: Int = 100_003) -> [ContentChunk] {
        var chunker = ContentChunker(scale: .small)
        var chunks: [ContentChunk] = []
        for start in stride(from: 0, to: bytes.count, by: portion) {
            chunks += chunker.update(Array(bytes[start..<min(start + portion, bytes.count)]))
        }
        if let last = chunker.finish() { chunks.append(last) }
        return chunks
    }

    @Test func chunksCoverTheFileWhateverPortionsItComesIn() throws {
        let bytes = noise(300_000)
        let chunks = Self.chunks(bytes)
        #expect(chunks == Self.chunks(bytes, portion: 777))
        var end: UInt64 = 0
        for chunk in chunks {
            #expect(chunk.offset == end)
            end += UInt64(chunk.length)
            #expect(chunk.hash == ContentHasher.hash(bytes[Int(chunk.offset)..<Int(end)]))
        }
        #expect(end == 300_000)
        #expect(chunks.dropLast().allSatisfy { (1024...16_384).contains($0.length) })
        // Where all nodes cut: another table or other sizes would be another protocol.
        #expect(chunks.prefix(4).map(\.length) == Self.firstLengths)
    }

    static let firstLengths: [UInt32] = [4063, 2900, 5307, 5134]

    @Test func zerosAreCutAtTheLongest() {
        let chunks = Self.chunks([UInt8](repeating: 0, count: 100_000))
        #expect(Set(chunks.dropLast().map(\.length)).count == 1)
    }

    @Test func theHashIsSHA256() {
        #expect(
            ContentHasher.hash(Array("abc".utf8)).bytes.prefix(4).elementsEqual([0xBA, 0x78, 0x16, 0xBF])
        )
    }

    /// What happens to files, and how much of a file of 300,000 bytes may be sent at most.
    static let changes: [(name: String, change: @Sendable ([UInt8]) -> [UInt8], chunked: Int, blocks: Int)] = [
        ("nothing", { $0 }, 0, 1024),
        ("append", { $0 + noise(5000, seed: 9) }, 22_000, 6100),
        ("insert", { Array($0[..<100_000]) + noise(100, seed: 9) + $0[100_000...] }, 33_000, 2200),
        ("put before", { noise(100, seed: 9) + $0 }, 33_000, 1200),
        ("change", { Array($0[..<1000]) + [1, 2, 3] + $0[1003...] }, 33_000, 3200),
        ("cut out", { Array($0[..<50_000] + $0[60_000...]) }, 33_000, 3100),
        ("exchange halves", { Array($0[150_000...] + $0[..<150_000]) }, 50_000, 3200),
        ("other", { noise($0.count, seed: 77) }, 300_000, 300_000),
        ("empty", { _ in [] }, 0, 0),
        ("short", { _ in [1, 2, 3] }, 3, 3),
    ]

    @Test(arguments: changes.indices) func bothDeltasMakeTheFile(index: Int) throws {
        let (name, change, chunked, blocks) = Self.changes[index]
        let test = try TestFolder()
        let old = noise(300_000)
        let new = change(old)
        try test.write(old, to: "old")
        try test.write(new, to: "new")
        let base = (folder: test.folder, path: try TreePath("old"))

        let signature = try BlockSignature(test.folder.signature(base.path).bytes)
        var operations: [DeltaOperation] = []
        try test.folder.delta(TreePath("new"), against: signature) { operations.append($0) }
        let sent = operations.reduce(0) { sum, operation in
            if case .literal(let bytes) = operation { sum + bytes.count } else { sum }
        }
        #expect(sent <= blocks, "\(name)")

        let steps = ChunkDelta.steps(from: Self.chunks(old), to: Self.chunks(new))
        let chunkOperations = steps.map { step -> DeltaOperation in
            switch step {
            case .copy(let offset, let count): .copy(offset: offset, count: count)
            case .send(let offset, let count): .literal(Array(new[Int(offset)..<Int(offset + count)]))
            }
        }
        let chunksSent = steps.reduce(0) { sum, step in
            if case .send(_, let count) = step { sum + Int(count) } else { sum }
        }
        #expect(chunksSent <= chunked, "\(name)")

        for (token, operations) in [(UInt64(1), operations), (2, chunkOperations)] {
            let staged = try StagedFile(token, in: test.folder)
            var reader = DeltaReader(baseSize: UInt64(old.count), size: UInt64(new.count))
            reader.feed(operations.flatMap(DeltaWriter.bytes) + DeltaWriter.ending)
            var offset: UInt64 = 0
            while let operation = try reader.next() {
                try staged.apply(operation, base: base, at: offset)
                offset += operation.count
            }
            #expect(reader.isDone)
            #expect(try staged.hash() == ContentHasher.hash(new), "\(name)")
        }
    }

    @Test func whatWasOnlyAddedToIsSeenAsSuch() throws {
        let test = try TestFolder()
        let path = try TreePath("a")
        let old = noise(100_000)
        try test.write(old, to: "a")
        let known = try test.folder.summary(path)
        #expect(known.hash == ContentHasher.hash(old))
        #expect(known.chunks == Self.chunks(old))
        #expect(!known.isContinuation)
        try test.write(old + [1, 2, 3], to: "a")
        let now = try test.folder.summary(path, known: (100_000, known.hash))
        #expect(now.isContinuation)
        #expect(now.hash == ContentHasher.hash(old + [1, 2, 3]))
        try test.write([0] + old.dropFirst() + [1, 2, 3], to: "a")
        #expect(try !test.folder.summary(path, known: (100_000, known.hash)).isContinuation)
    }

    /// How long ago a file was changed and written to, in seconds.
    @Test(
        arguments: [
            (1, 1, true), (59, 59, true), (61, 61, false), (61, 1_000_000, false), (1, 1_000_000, true),
            (61, -3600, true), (-3600, -3600, true),
        ] as [(Int64, Int64, Bool)]
    )
    func whatWasWrittenLongAgoIsOnTheDisk(_ changed: Int64, _ modified: Int64, _ isFresh: Bool) {
        let now: Int64 = 1_700_000_000_000_000_000
        let stamp = FileStamp(
            identity: FileIdentity(device: 1, inode: 1),
            size: 1,
            modified: now - modified * 1_000_000_000,
            changed: now - changed * 1_000_000_000
        )
        #expect(stamp.isFresh(at: now) == isFresh)
    }

    @Test func timesOfAnyKindDoNotTrap() {
        for time in [Int64.min, 0, Int64.max] {
            let stamp = FileStamp(
                identity: FileIdentity(device: 1, inode: 1),
                size: 1,
                modified: time,
                changed: time
            )
            #expect(stamp.isFresh(at: 1_700_000_000_000_000_000) == (time == .max))
        }
    }

    /// What has to be on the disk first is summarised as anything else, though it is open for reading only.
    @Test(arguments: [0, 1_700_000_000_000_000_000, 4_000_000_000_000_000_000] as [Int64])
    func aFileIsSummarisedWhateverItsTimeIs(modified: Int64) throws {
        let test = try TestFolder()
        let path = try TreePath("a")
        let bytes = noise(100_000)
        try test.write(bytes, to: "a")
        let metadata = FileMetadata(kind: .file, size: 100_000, modified: modified, mode: 0o400)
        let placed = try test.placer.setMetadata(metadata, at: path, expecting: .anything)
        for _ in 0..<2 {
            let summary = try test.folder.summary(path, isSecured: true)
            #expect(summary.hash == ContentHasher.hash(bytes))
            #expect(summary.stamp == placed.stamp)
        }
    }

    @Test func aSignatureMadeToCostUsTimeDoesNot() throws {
        let test = try TestFolder()
        // Every window has this sum, and none has these hashes.
        let zeros = [UInt8](repeating: 0, count: 2_000_000)
        try test.write(zeros, to: "a")
        let blocks = (0..<100_000).map { BlockSignature.Block(weak: 0, strong: UInt64($0)) }
        let signature = try #require(BlockSignature(blockLength: 131_072, blocks: blocks))
        var count = 0
        try test.folder.delta(TreePath("a"), against: signature) { count += Int($0.count) }
        #expect(count == zeros.count)
    }

    @Test func recordingsAreLeftAloneAndTextIsPacked() throws {
        var compressor = PieceCompressor()
        let text = Array(String(repeating: "<extension name=\"x\"/>\n", count: 500).utf8)
        guard case .packed(let packed, text.count) = compressor.pack(text) else {
            Issue.record("text was not packed")
            return
        }
        #expect(PieceCompressor.unpack(packed, count: text.count) == text)
        #expect(compressor.pack([1, 2, 3]) == .literal([1, 2, 3]))
        let audio = noise(65_536)
        #expect(compressor.pack(audio) == .literal(audio))
        // For a while nothing is tried any more.
        #expect(compressor.pack(text) == .literal(text))
        // But for holes.
        guard case .packed(let hole, 65_536) = compressor.pack([UInt8](repeating: 0, count: 65_536)) else {
            Issue.record("a hole was not packed")
            return
        }
        #expect(hole.count < 100)
        let later = (0..<4).map { _ in compressor.pack(text) }
        #expect(later.last != .literal(text))
    }

    @Test func packedBytesOfAPeerAreLimited() throws {
        let packed = try #require(PieceCompressor.compress([UInt8](repeating: 0, count: 1 << 20)))
        #expect(packed.count < 200)
        for count in [0, -1, 1, (1 << 20) - 1, (1 << 20) + 1, Int.max] {
            #expect(PieceCompressor.unpack(packed, count: count) == nil)
        }
        #expect(PieceCompressor.unpack([], count: 10) == nil)
        #expect(PieceCompressor.unpack(noise(100), count: 10) == nil)
    }
}
