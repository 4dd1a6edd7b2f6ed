import FileReplication
import Glibc
import TandemTesting
import Testing

@testable import FileTrees

@Suite struct PlacingTests {
    @Test func aPlacedFileHasItsBytesModeAndTimeAndNothingIsLeftOver() throws {
        let test = try TestFolder()
        let placed = try test.place(Array("hello".utf8), at: "a", mode: 0o640)
        #expect(try test.bytes("a") == Array("hello".utf8))
        let file = try #require(try test.files().first)
        #expect(file.metadata.mode == 0o640)
        #expect(file.metadata.modified == 1_700_000_000_123_456_789)
        #expect(file.stamp == placed.stamp)
        #expect(try test.folder.stagedFiles().isEmpty)
    }

    @Test func aFileThatIsNotWhatWasExpectedStays() throws {
        let test = try TestFolder()
        let seen = try test.write([1], to: "a")
        try test.write([1, 2], to: "a")
        for expected in [ExpectedState.absent, ExpectedState(seen)] {
            #expect(throws: FileTreeError(.changed)) { try test.place([3], at: "a", expecting: expected) }
            #expect(throws: FileTreeError(.changed)) {
                try test.placer.makeLink(
                    TreePath("a"),
                    metadata: FileMetadata(kind: .symbolicLink, target: [98]),
                    expecting: expected
                )
            }
        }
        #expect(throws: FileTreeError(.changed)) {
            try test.placer.remove(TreePath("a"), expecting: ExpectedState(seen))
        }
        #expect(throws: FileTreeError(.changed)) {
            try test.placer.rename(TreePath("a"), to: TreePath("b"), being: ExpectedState(seen), expecting: .absent)
        }
        #expect(try test.bytes("a") == [1, 2])
        let now = try #require(try test.files().first).stamp
        try test.place([3], at: "a", expecting: ExpectedState(now))
        #expect(try test.bytes("a") == [3])
        // What is expected and is not there was removed by somebody.
        #expect(throws: FileTreeError(.changed)) { try test.place([3], at: "b", expecting: ExpectedState(now)) }
    }

    @Test func aDirectoryIsNeverReplacedByAFile() throws {
        let test = try TestFolder()
        let directory = try test.placer.makeDirectory(
            TreePath("d"),
            metadata: FileMetadata(kind: .directory, mode: 0o750)
        )
        for expected in [ExpectedState.anything, ExpectedState(directory.stamp)] {
            #expect(throws: FileTreeError(.wrongKind)) { try test.place([1], at: "d", expecting: expected) }
        }
        try test.write([1], to: "d/in")
        #expect(throws: FileTreeError(code: ENOTEMPTY)) {
            try test.placer.remove(TreePath("d"), expecting: ExpectedState(directory.stamp))
        }
        try test.placer.remove(TreePath("d/in"), expecting: .anything)
        try test.placer.remove(TreePath("d"), expecting: ExpectedState(directory.stamp))
        #expect(try test.files().isEmpty)
    }

    @Test func metadataGoThroughAPeerAndBack() throws {
        let (source, target) = (try TestFolder(), try TestFolder())
        try source.write([1, 2, 3], to: "a")
        let file = try OpenFile(path: source.path("a"), flags: O_RDWR)
        var metadata = FileMetadata(
            kind: .file,
            size: 3,
            modified: 1_234_567_890_000_000_007,
            mode: 0o640,
            owner: "root",
            group: "root",
            attributes: [ExtendedAttribute(name: Array("user.a".utf8), value: [0, 255])],
            access: [
                AccessEntry(.owner, permissions: 6), AccessEntry(.user, name: "daemon", permissions: 4),
                AccessEntry(.owningGroup, permissions: 4), AccessEntry(.mask, permissions: 4),
                AccessEntry(.other, permissions: 0),
            ]
        )
        let concessions = try source.placer.writer.write(metadata, to: file)
        let scanned = try #require(try source.files().first).metadata
        try #require(concessions.isSubset(of: [.owner]), "this file system has no attributes")
        if geteuid() != 0 { (metadata.owner, metadata.group) = (scanned.owner, scanned.group) }
        #expect(scanned == metadata)
        let staged = try StagedFile(7, in: target.folder)
        try staged.copy(source.folder, TreePath("a"), from: 0, count: 3, to: 0)
        _ = try target.placer.place(.init(staged, at: TreePath("b"), metadata: scanned, expecting: .absent))
        #expect(try target.files().map(\.metadata) == [scanned])
    }

    @Test func whoIsNotKnownHereGetsNoRights() throws {
        let test = try TestFolder(policy: PlacingPolicy(allowsSetID: true))
        let staged = try StagedFile(7, in: test.folder)
        let metadata = FileMetadata(
            kind: .file,
            mode: 0o6755,
            owner: "nobody-by-this-name",
            group: "0",
            access: [
                AccessEntry(.owner, permissions: 6), AccessEntry(.user, name: "nobody-by-this-name", permissions: 0),
                AccessEntry(.owningGroup, permissions: 4), AccessEntry(.mask, permissions: 4),
                AccessEntry(.other, permissions: 4),
            ]
        )
        let placed = try test.placer.place(.init(staged, at: TreePath("a"), metadata: metadata, expecting: .absent))
        #expect(placed.concessions == [.owner, .access, .setID])
        let file = try #require(try test.files().first).metadata
        #expect(file.mode == 0o700)
        #expect(file.access.isEmpty)
    }

    @Test(arguments: ["security.capability", "trusted.x", "system.posix_acl_access", "user.", "user.a\0b", "x"])
    func attributesThatGiveRightsAreRefused(name: String) throws {
        let test = try TestFolder()
        let staged = try StagedFile(7, in: test.folder)
        let metadata = FileMetadata(kind: .file, attributes: [ExtendedAttribute(name: Array(name.utf8), value: [1])])
        #expect(throws: FileTreeError(.refused)) {
            try test.placer.place(.init(staged, at: TreePath("a"), metadata: metadata, expecting: .absent))
        }
        #expect(try test.files().isEmpty)
    }

    @Test(arguments: [
        ("b", true), ("../x", true), ("../../etc", false), ("/etc/passwd", false), ("b/../../..", false), ("", false),
        ("../.tandem-sync/staged", false), ("./.././y", true), ("a\0b", false),
    ])
    func linksThatLeadOutAreRefused(target: String, isAllowed: Bool) throws {
        let test = try TestFolder()
        _ = try test.placer.makeDirectory(TreePath("d"), metadata: FileMetadata(kind: .directory, mode: 0o755))
        let metadata = FileMetadata(kind: .symbolicLink, modified: 5_000_000_009, target: Array(target.utf8))
        let path = try TreePath("d/link")
        if isAllowed {
            _ = try test.placer.makeLink(path, metadata: metadata, expecting: .absent)
            let made = try #require(try test.files().last).metadata
            #expect((made.kind, made.target, made.modified) == (.symbolicLink, metadata.target, 5_000_000_009))
        } else {
            #expect(throws: FileTreeError(.refused)) {
                try test.placer.makeLink(path, metadata: metadata, expecting: .absent)
            }
            #expect(try test.files().count == 1)
        }
        #expect(try test.folder.sweep() == 0)
    }

    @Test func severalFilesArePlacedEachByItself() throws {
        let test = try TestFolder()
        try test.write([0], to: "1")
        let placements = try (0..<3).map { index in
            let staged = try StagedFile(UInt64(index), in: test.folder)
            try staged.write([UInt8(index)], at: 0)
            return TreePlacer.Placement(
                staged,
                at: try TreePath("\(index)"),
                metadata: FileMetadata(kind: .file, size: 1),
                expecting: .absent
            )
        }
        let results = test.placer.placeAll(placements)
        #expect(results.map { (try? $0.get()) != nil } == [true, false, true])
        #expect(try test.bytes("1") == [0])
        #expect(try test.bytes("2") == [2])
        #expect(try test.folder.stagedFiles().map(\.token) == [1])
    }

    /// So many that the disk is waited for once for all files, and once for all directories; one is not what was expected.
    @Test func manyFilesInManyDirectoriesArePlacedTogether() throws {
        let test = try TestFolder()
        let count = 40
        for number in 0..<count / 2 {
            let metadata = FileMetadata(kind: .directory, mode: 0o755)
            _ = try test.placer.makeDirectory(TreePath("d\(number)"), metadata: metadata)
        }
        func path(_ number: Int) throws -> TreePath { try TreePath("d\(number / 2)/f\(number)") }
        func content(_ number: Int) -> [UInt8] { noise(100 * number, seed: UInt64(number)) }
        func metadata(_ number: Int) -> FileMetadata {
            FileMetadata(
                kind: .file,
                size: UInt64(100 * number),
                modified: 1_700_000_000_000_000_000 + Int64(number),
                mode: number % 2 == 0 ? 0o640 : 0o755
            )
        }
        let taken = 7
        try test.write([1], to: "d3/f7")
        let placements = try (0..<count).map { number in
            let staged = try StagedFile(UInt64(number), in: test.folder)
            try staged.write(content(number), at: 0)
            return TreePlacer.Placement(
                staged,
                at: try path(number),
                metadata: metadata(number),
                expecting: .absent
            )
        }
        let results = test.placer.placeAll(placements)
        let found = Dictionary(uniqueKeysWithValues: try test.files().map { ($0.path, $0) })
        for number in 0..<count where number != taken {
            let place = try path(number)
            let file = try #require(found[place])
            #expect(file.metadata.mode == metadata(number).mode)
            #expect(file.metadata.modified == metadata(number).modified)
            #expect(try results[number].get().stamp == file.stamp)
            #expect(try test.folder.read(place, count: 100_000, at: 0) == content(number))
        }
        #expect(throws: FileTreeError(.changed)) { try results[taken].get() }
        #expect(try test.bytes("d3/f7") == [1])
        // What was not placed can be placed elsewhere; nothing else is left of any of them.
        #expect(try test.folder.stagedFiles().map(\.token) == [UInt64(taken)])
        #expect(test.directory.names(".tandem-sync/staged").count == 1)
    }

    @Test func renamesNamesAndVersions() throws {
        let test = try TestFolder()
        try test.place([1, 2], at: "a")
        let first = try #require(try test.files().first).stamp
        let moved = try test.placer.rename(
            TreePath("a"),
            to: TreePath("b"),
            being: ExpectedState(first),
            expecting: .absent
        )
        #expect(moved.stamp.identity == first.identity)
        let named = try test.placer.makeName(
            TreePath("c"),
            of: TreePath("b"),
            being: ExpectedState(first),
            expecting: .absent
        )
        #expect(named.stamp.identity == first.identity)
        #expect(try test.files().map(\.links) == [2, 2])
        let kept = try test.placer.keep(TreePath("c"), label: "conflict-1", expecting: ExpectedState(first))
        #expect(kept == (try TreePath("c.conflict-1")))
        #expect(try test.bytes(".tandem-sync/versions/c.conflict-1") == [1, 2])
        #expect(try test.files().map(\.path) == [try TreePath("b")])
        #expect(throws: FileTreeError(.refused)) {
            try test.placer.rename(TreePath("b"), to: TreePath("b/c"), being: .anything, expecting: .absent)
        }
    }

    @Test func zerosAreLeftAsHoles() throws {
        let test = try TestFolder()
        let staged = try StagedFile(1, in: test.folder)
        let content =
            noise(5000) + [UInt8](repeating: 0, count: 1 << 20) + [1, 2, 3] + [UInt8](repeating: 0, count: 9000)
        for start in stride(from: 0, to: content.count, by: 100_001) {
            try staged.write(Array(content[start..<min(start + 100_001, content.count)]), at: UInt64(start))
        }
        #expect(try staged.read(content.count + 1, at: 0) == content)
        #expect(try staged.file.status().allocated < 64 * 1024)
        // Holes stay when they are copied, and zeros over bytes are bytes.
        let other = try StagedFile(2, in: test.folder)
        try other.copy(staged, from: 0, count: UInt64(content.count), to: 0)
        #expect(try other.hash() == staged.hash())
        #expect(try other.file.status().allocated < 64 * 1024)
        try other.write([UInt8](repeating: 0, count: 5000), at: 0)
        #expect(try other.read(5000, at: 0).allSatisfy { $0 == 0 })
    }

    @Test(arguments: [
        (UInt64.max, UInt64(2)), (UInt64(0), UInt64.max), (UInt64(Int64.max), UInt64(1)), (UInt64(3), UInt64(1)),
    ])
    func aPeersNumbersDoNotTrap(offset: UInt64, count: UInt64) throws {
        let test = try TestFolder()
        try test.write([1, 2, 3], to: "a")
        let staged = try StagedFile(1, in: test.folder)
        #expect(throws: FileTreeError.self) {
            try staged.copy(test.folder, TreePath("a"), from: offset, count: count, to: 0)
        }
        #expect(throws: FileTreeError.self) {
            try staged.copy(test.folder, TreePath("a"), from: 0, count: 3, to: UInt64.max - 1)
        }
        #expect(throws: FileTreeError.self) { try staged.write([1], at: UInt64.max) }
        #expect(throws: FileTreeError.self) { try staged.truncate(UInt64.max) }
        #expect(throws: FileTreeError.self) { try test.folder.read(TreePath("a"), count: -1, at: 0) }
    }
}
