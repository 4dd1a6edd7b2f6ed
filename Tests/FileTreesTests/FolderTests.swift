import FileReplication
import Glibc
import TandemTesting
import Testing

@testable import FileTrees

@Suite struct FolderTests {
    @Test func aFolderIsKnownByItsMarker() throws {
        let directory = TemporaryDirectory()
        #expect(throws: FileTreeError(code: ENOENT)) { try TreeFolder(directory.path, marker: "a", create: false) }
        _ = try TreeFolder(directory.path, marker: "a", create: true)
        _ = try TreeFolder(directory.path, marker: "a", create: false)
        #expect(throws: FileTreeError(.changed)) { try TreeFolder(directory.path, marker: "b", create: false) }
        #expect(throws: FileTreeError(.changed)) { try TreeFolder(directory.path, marker: "b", create: true) }
    }

    @Test func aFolderThatVanishedIsNotAnEmptyOne() throws {
        let parent = TemporaryDirectory()
        let (path, elsewhere) = ("\(parent.path)/folder", "\(parent.path)/elsewhere")
        try #require(mkdir(path, 0o755) == 0)
        let folder = try TreeFolder(path, marker: "a", create: true)
        #expect(folder.presence() == .present)
        try #require(rename(path, elsewhere) == 0)
        #expect(folder.presence() == .vanished)
        // What is there when a file system is not mounted.
        try #require(mkdir(path, 0o755) == 0)
        #expect(folder.presence() == .replaced)
        try #require(rmdir(path) == 0)
        try #require(rename(elsewhere, path) == 0)
        #expect(folder.presence() == .present)
        try #require(unlink("\(path)/.tandem-sync/marker") == 0)
        #expect(folder.presence() == .vanished)
    }

    @Test(arguments: [
        (ENOSPC, FileTreeError.Reason.full, true), (EDQUOT, .full, true), (EROFS, .readOnly, true),
        (EIO, .damaged, true),
        (ELOOP, .outside, false), (EXDEV, .outside, false), (ENOENT, .missing, false), (EACCES, .denied, false),
        (EMFILE, .exhausted, false),
    ])
    func theSystemsNumbersAreReasons(code: Int32, reason: FileTreeError.Reason, stops: Bool) {
        #expect(FileTreeError(code: code).reason == reason)
        #expect(FileTreeError(code: code).stopsWriting == stops)
    }

    /// Bytes are of what is expected, or of nothing.
    @Test func whatWasWrittenMeanwhileIsNotRead() throws {
        let test = try TestFolder()
        let (folder, path) = (test.folder, try TreePath("a"))
        let file = try folder.root.open(path.bytes, flags: O_CREAT | O_WRONLY, mode: 0o644)
        try file.write([1, 2, 3], at: 0)
        let stamp = try #require(folder.stamp(of: path))
        #expect(try folder.read(path, count: 2, at: 1, expecting: ExpectedState(stamp)) == [2, 3])
        try file.write([4], at: 3)
        #expect(throws: FileTreeError(.changed)) {
            try folder.read(path, count: 2, at: 1, expecting: ExpectedState(stamp))
        }
        #expect(try folder.read(path, count: 9, at: 1) == [2, 3, 4])
    }

    @Test(.enabled(if: SmallFileSystem.isPossible)) func aFullDiskLeavesWhatIsThere() throws {
        let disk = try SmallFileSystem(kilobytes: 256)
        let folder = try TreeFolder(disk.path, marker: "a", create: true)
        let placer = TreePlacer(folder)
        let path = try TreePath("a")
        func place() throws -> TreePlacer.Placed {
            let staged = try StagedFile(1, in: folder)
            try staged.write([1], at: 0)
            let metadata = FileMetadata(kind: .file, size: 1)
            return try placer.place(.init(staged, at: path, metadata: metadata, expecting: .absent))
        }
        let placed = try place()
        let error = #expect(throws: FileTreeError.self) { try StagedFile(2, in: folder).write(noise(1 << 20), at: 0) }
        #expect(error?.reason == .full)
        #expect(try folder.read(path, count: 9, at: 0) == [1])
        #expect(try folder.sweep() == 1)
        #expect(try folder.availableSpace() > 0)
        // Nothing can be done where nothing may be written; it can still be read.
        try disk.setReadOnly()
        let readOnly = #expect(throws: FileTreeError.self) {
            try placer.remove(path, expecting: ExpectedState(placed.stamp))
        }
        #expect(readOnly?.reason == .readOnly)
        #expect(throws: FileTreeError(.readOnly)) { try folder.availableSpace() }
        #expect(try folder.read(path, count: 9, at: 0) == [1])
    }

    @Test(.enabled(if: SmallFileSystem.isPossible)) func anotherFileSystemIsNotEntered() throws {
        let test = try TestFolder()
        try #require(mkdir(test.path("mount"), 0o755) == 0)
        let disk = try SmallFileSystem(kilobytes: 256, at: test.path("mount"))
        #expect(throws: FileTreeError(code: EXDEV)) { try test.place([1], at: "mount/a") }
        let faults = try test.scan().compactMap { finding -> ScanFault? in
            if case .fault(_, let fault) = finding { fault } else { nil }
        }
        #expect(faults == [.otherFileSystem])
        withExtendedLifetime(disk) {}
    }
}
