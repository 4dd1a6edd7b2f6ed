import FileReplication
import Glibc
import TandemTesting
import Testing

@testable import FileTrees

@Suite struct HostilePathTests {
    @Test(arguments: [
        "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a\0b", String(repeating: "x", count: 256),
        String(repeating: "x/", count: 128) + "x", String(repeating: "xxxxxxx/", count: 512) + "x",
    ])
    func suchPathsAreNone(text: String) {
        #expect(throws: TreePath.Fault.self) { try TreePath(text) }
    }

    /// Names that are allowed, and that scripts stumble over.
    static let names: [[UInt8]] = [
        Array("line\nend".utf8), [0xFF, 0xFE, 0x80], [UInt8](repeating: 0xC3, count: 255), Array("-rf".utf8), [7, 27],
        Array("...".utf8), Array(" ".utf8), Array("\\x0a".utf8), Array("ü".utf8),
    ]

    @Test func allowedNamesAreBytes() throws {
        let test = try TestFolder()
        for (index, name) in Self.names.enumerated() {
            let staged = try StagedFile(UInt64(index), in: test.folder)
            let placement = TreePlacer.Placement(
                staged,
                at: try TreePath(name),
                metadata: FileMetadata(kind: .file),
                expecting: .absent
            )
            _ = try test.placer.place(placement)
        }
        let found = try test.files().map(\.path.bytes)
        #expect(found == Self.names.sorted { $0.lexicographicallyPrecedes($1) })
        for path in try test.files().map(\.path) {
            #expect(path.description.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        }
    }

    @Test(arguments: [".tandem-sync", ".tandem-sync/marker", ".tandem-sync/staged/0000000000000001.file"])
    func theNodesOwnFilesAreOutOfReach(text: String) throws {
        let test = try TestFolder()
        let path = try TreePath(text)
        #expect(throws: FileTreeError(.refused)) { try test.folder.read(path, count: 1, at: 0) }
        #expect(throws: FileTreeError(.refused)) { try test.placer.remove(path, expecting: .anything) }
        #expect(throws: FileTreeError(.refused)) { try test.place([1], at: text, expecting: .anything) }
        #expect(throws: FileTreeError(.refused)) {
            try test.placer.rename(path, to: TreePath("a"), being: .anything, expecting: .absent)
        }
    }

    /// What may be asked with a path that has a symbolic link in it.
    static let operations: [@Sendable (TestFolder, TreePath) throws -> Void] = [
        { _ = try $0.folder.read($1, count: 1, at: 0) },
        { _ = try $0.folder.summary($1) },
        { try $0.placer.remove($1, expecting: .anything) },
        { _ = try $0.placer.makeDirectory($1, metadata: FileMetadata(kind: .directory)) },
        {
            _ = try $0.placer.makeLink(
                $1,
                metadata: FileMetadata(kind: .symbolicLink, target: [97]),
                expecting: .anything
            )
        },
        { _ = try $0.placer.setMetadata(FileMetadata(kind: .file), at: $1, expecting: .anything) },
        { _ = try $0.placer.keep($1, label: "x", expecting: .anything) },
        { _ = try $0.placer.rename($1, to: TreePath("other"), being: .anything, expecting: .anything) },
        { _ = try $0.placer.rename(TreePath("mine"), to: $1, being: .anything, expecting: .anything) },
        { _ = try $0.placer.makeName($1, of: TreePath("mine"), being: .anything, expecting: .anything) },
        { _ = try $0.placer.makeName(TreePath("other"), of: $1, being: .anything, expecting: .anything) },
        { _ = try GrowthReader($0.folder, $1) },
        { _ = try GrowthWriter($0.placer, $1, metadata: FileMetadata(kind: .file), expecting: .absent) },
        { _ = try GrowthWriter($0.placer, $1, metadata: FileMetadata(kind: .file), expecting: .anything) },
        { _ = try TreeScan($0.folder, below: $1, names: OwnerNames()) },
        { try $0.place([1], at: String(decoding: $1.bytes, as: UTF8.self), expecting: .anything) },
    ]

    @Test func noOperationGoesThroughASymbolicLink() throws {
        let outside = TemporaryDirectory()
        outside.write("secret", to: "file")
        let test = try TestFolder(policy: PlacingPolicy(links: .all))
        try test.write([1], to: "mine")
        try #require(symlink(outside.path, test.path("link")) == 0)
        for (index, operation) in Self.operations.enumerated() {
            let path = try TreePath("link/file")
            let error = #expect(throws: FileTreeError.self, "operation \(index)") { try operation(test, path) }
            #expect(error?.reason == .outside, "operation \(index)")
        }
        #expect(outside.text("file") == "secret")
        #expect(outside.names() == ["file"])
    }

    @Test func aDirectoryThatBecomesALinkMeanwhileDoesNotLeadOut() async throws {
        let outside = TemporaryDirectory()
        let test = try TestFolder()
        try #require(mkdir(test.path("d"), 0o755) == 0)
        try #require(symlink(outside.path, test.path("link")) == 0)
        let root = test.folder.root
        let swapping = Task.detached {
            while !Task.isCancelled {
                try root.rename(Array("d".utf8), to: root, Array("link".utf8), whenTaken: .exchange)
            }
        }
        var placed = 0
        var refused = 0
        while placed < 200 || refused < 200, placed + refused < 5000 {
            do {
                try test.place([1], at: "d/file", expecting: .anything)
                placed += 1
            } catch let error as FileTreeError where error.reason == .outside || error.reason == .wrongKind {
                refused += 1
            }
            await Task.yield()
        }
        swapping.cancel()
        try await swapping.value
        #expect(placed >= 200)
        #expect(refused >= 200)
        #expect(outside.names().isEmpty)
    }

    @Test func aFileThatBecomesAPipeDoesNotHoldUpAnybody() throws {
        let test = try TestFolder()
        try #require(mkfifo(test.path("pipe"), 0o644) == 0)
        #expect(throws: FileTreeError(.wrongKind)) { try test.folder.read(TreePath("pipe"), count: 1, at: 0) }
        let findings = try test.scan()
        guard case .fault(let path, .unsupportedKind)? = findings.first else {
            Issue.record("the pipe is not told")
            return
        }
        #expect(path == (try TreePath("pipe")))
    }
}
