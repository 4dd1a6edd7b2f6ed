import FileReplication
import Glibc
import TandemTesting
import Testing

@testable import FileTrees

@Suite struct GrowthTests {
    /// Adds bytes to a file, as a recorder does.
    private func append(_ bytes: [UInt8], to path: String) throws {
        let file = try OpenFile(path: path, flags: O_WRONLY)
        try file.write(bytes[...], at: file.status().size)
    }

    @Test func aRecordingGrowsOnTheOtherSide() throws {
        let (source, target) = (try TestFolder(), try TestFolder())
        let path = try TreePath("call.wav")
        let header = [UInt8](repeating: 1, count: 44)
        try source.write(header, to: "call.wav")
        let reader = try GrowthReader(source.folder, path)
        let metadata = FileMetadata(kind: .file, modified: 1_000_000_007, mode: 0o640)
        let writer = try GrowthWriter(target.placer, path, metadata: metadata, expecting: .absent)
        var heads = 0
        func carry() throws {
            while true {
                switch try reader.next() {
                case .none: return
                case .appended(let bytes, let offset): try writer.append(bytes, at: offset)
                case .head(let bytes):
                    heads += 1
                    try writer.rewriteHead(bytes)
                case .restarted: Issue.record("the file was not written from the beginning")
                }
            }
        }
        for second in 0..<20 {
            try append(noise(16_000, seed: UInt64(second)), to: source.path("call.wav"))
            try carry()
            #expect(try target.bytes("call.wav") == source.bytes("call.wav"))
        }
        #expect(heads == 0)
        // The recorder writes the length into the header, and is done.
        try OpenFile(path: source.path("call.wav"), flags: O_WRONLY).write([9, 9, 9], at: 4)
        try carry()
        #expect(heads == 1)
        var final = metadata
        final.size = writer.offset
        let placed = try writer.finish(final)
        #expect(try target.bytes("call.wav") == source.bytes("call.wav"))
        #expect(try target.files().map(\.stamp) == [placed.stamp])
        #expect(try target.files().map(\.metadata.modified) == [1_000_000_007])
    }

    @Test func growingGoesOnFromAnOffsetOnTheOtherSide() throws {
        let (source, target) = (try TestFolder(), try TestFolder())
        let path = try TreePath("a")
        let all = noise(100_000)
        try source.write(all, to: "a")
        let seen = try target.write(Array(all.prefix(40_000)), to: "a")
        let writer = try GrowthWriter(
            target.placer,
            path,
            metadata: FileMetadata(kind: .file),
            expecting: ExpectedState(seen)
        )
        let reader = try GrowthReader(source.folder, path, from: writer.offset)
        guard case .appended(let bytes, 40_000) = try reader.next() else {
            Issue.record("nothing was read")
            return
        }
        try writer.append(bytes, at: 40_000)
        // What comes twice is not there twice.
        try writer.append(bytes, at: 40_000)
        try writer.append(Array(bytes.suffix(10)), at: 99_990)
        #expect(try target.bytes("a") == all)
        #expect(throws: FileTreeError(.changed)) { try writer.append([1], at: 100_001) }
        // Somebody else goes on here.
        try append([1], to: target.path("a"))
        #expect(throws: FileTreeError(.changed)) { try writer.append([2], at: 100_000) }
        #expect(throws: FileTreeError(.refused)) { try writer.rewriteHead(noise(4097)) }
    }

    @Test func aFileThatIsWrittenAnewIsTakenAsAWhole() throws {
        let test = try TestFolder()
        let path = try TreePath("a")
        try test.write(noise(5000), to: "a")
        let reader = try GrowthReader(test.folder, path)
        _ = try reader.next()
        try test.write([1], to: "a")
        #expect(try reader.next() == .restarted)
        let other = try GrowthReader(test.folder, path)
        _ = try other.next()
        try test.place([1, 2, 3], at: "a", expecting: .anything)
        #expect(try other.next() == .restarted)
        #expect(throws: FileTreeError(.changed)) { try GrowthReader(test.folder, path, from: 4) }
    }
}
