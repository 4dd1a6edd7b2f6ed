import FileReplication
import FileTrees
import TandemTesting
import Testing

@testable import FileSync

/// What a walk through a folder tells, and how little it asks for that.
@Suite(.timeLimit(.minutes(1))) struct ScanCourseTests {
    private static func runner(_ root: TemporaryDirectory, _ index: TemporaryDirectory) throws -> JobRunner {
        let folder = try TreeFolder(root.path, marker: "folder", create: true)
        let store = try IndexStore(path: "\(index.path)/index.sqlite")
        return JobRunner(folder, store, FolderRig.settings(1), JobRunner.Reports(rootIsGone: {}))
    }

    /// All that a scan of the whole folder finds.
    private static func scan(_ runner: JobRunner) throws -> [TreePath: FileMetadata] {
        let course = try ScanCourse(runner, below: .root, FolderConfiguration(members: [:]))
        var found: [TreePath: FileMetadata] = [:]
        while true {
            let part = course.step()
            for listing in part.listings {
                for entry in listing.entries {
                    let path = try listing.directory.appending(entry.name)
                    found[path] = entry.metadata
                }
            }
            if part.isLast { return found }
        }
    }

    /// A file of which it is known that it has no attributes is not opened again; once it has some, they are found.
    @Test func attributesOfWhatHadNone() async throws {
        let (root, index) = (TemporaryDirectory(), TemporaryDirectory())
        let runner = try Self.runner(root, index)
        let file = try TreePath("file")
        TestFiles.write([1, 2, 3], to: "\(root.path)/file")
        let seen = try #require(try runner.folder.look(file, names: runner.names))
        #expect(!runner.plain.known.contains(seen.stamp))
        let first = try Self.scan(runner)
        #expect(first == [file: seen.metadata])
        // Its last change has to be some time ago.
        let isKnown = try await comesTrue {
            _ = try Self.scan(runner)
            return runner.plain.known.contains(seen.stamp)
        }
        #expect(isKnown)
        #expect(try Self.scan(runner) == first)
        var metadata = seen.metadata
        metadata.mode = 0o600
        metadata.attributes = [ExtendedAttribute(name: Array("user.a".utf8), value: [7])]
        let placed = try runner.placer.setMetadata(metadata, at: file, expecting: .anything)
        if placed.concessions.contains(.attributes) { metadata.attributes = [] }
        #expect(!runner.plain.known.contains(placed.stamp))
        #expect(try Self.scan(runner) == [file: metadata])
        #expect(try Self.scan(runner) == [file: metadata])
        // What is not there any more is forgotten.
        #expect(!runner.plain.known.contains(seen.stamp))
    }
}
