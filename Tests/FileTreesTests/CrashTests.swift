import FileReplication
import Glibc
import TandemTesting
import Testing

@testable import FileTrees

/// What is there when the program is killed while it changes files.
@Suite(.serialized) struct CrashTests {
    static let contents = [noise(200_000, seed: 1), noise(150_000, seed: 2)]

    /// Exchanges the contents of a file for each other until it is killed.
    static func churn(_ path: String) throws {
        let folder = try TreeFolder(path, marker: "crash", create: false)
        let placer = TreePlacer(folder)
        let name = try TreePath("file")
        for round in 0...UInt64.max {
            let content = contents[Int(round % 2)]
            let staged = try StagedFile(round, in: folder)
            for start in stride(from: 0, to: content.count, by: 50_000) {
                try staged.write(Array(content[start..<min(start + 50_000, content.count)]), at: UInt64(start))
            }
            let metadata = FileMetadata(kind: .file, size: UInt64(content.count), modified: Int64(round))
            let seen = try folder.place(of: name).status().map { ExpectedState($0.stamp) } ?? .absent
            _ = try placer.place(.init(staged, at: name, metadata: metadata, expecting: seen))
        }
    }

    @Test(arguments: 0..<100) func onlyOldOrNewContentIsThereAfterAKill(round: Int) async throws {
        let directory = TemporaryDirectory()
        let folder = try TreeFolder(directory.path, marker: "crash", create: true)
        // It begins with the old one, so that something is there whenever the end comes.
        let staged = try StagedFile(0, in: folder)
        try staged.write(Self.contents[1], at: 0)
        let metadata = FileMetadata(kind: .file, size: UInt64(Self.contents[1].count))
        _ = try TreePlacer(folder).place(.init(staged, at: TreePath("file"), metadata: metadata, expecting: .absent))
        let (path, delay) = (directory.path, 200 + round * 397 % 20_000)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, delay = delay as Int] in
            SuddenDeath.comes(afterMicroseconds: delay)
            try CrashTests.churn(path)
        }
        let again = try TreeFolder(directory.path, marker: "crash", create: false)
        let found = try again.read(TreePath("file"), count: 1 << 20, at: 0)
        #expect(Self.contents.contains(found))
        try again.sweep()
        #expect(directory.names(".tandem-sync/staged").isEmpty)
        #expect(directory.names() == [".tandem-sync", "file"])
    }

    @Test func whatIsStagedSurvivesARestartIfItIsWanted() throws {
        let test = try TestFolder()
        try StagedFile(5, in: test.folder).write([1, 2, 3], at: 0)
        try StagedFile(6, in: test.folder).write([1], at: 0)
        try #require(mkdir(test.path(".tandem-sync/staged/junk.directory"), 0o700) == 0)
        #expect(try test.folder.sweep(keeping: [5]) == 2)
        let left = try test.folder.stagedFiles()
        #expect(left.map(\.token) == [5])
        #expect(left.map(\.size) == [3])
        #expect(try StagedFile(5, in: test.folder).read(9, at: 0) == [1, 2, 3])
    }
}
