public import FileReplication
import Glibc

/// A file that grows here as it does where it is written.
///
/// It is at its own path, so that whoever reads it sees what he would see there, and so that its writer can go on here
/// when the other node is lost.
///
/// It belongs to one task at a time.
public final class GrowthWriter {
    private let file: OpenFile
    private let writer: MetadataWriter

    /// How many bytes it has.
    public private(set) var offset: UInt64

    /// Begins a new file, at a path where nothing is, or goes on with one.
    ///
    /// - Parameters:
    ///   - metadata: What it is until ``finish(_:)``; its size does not count.
    ///   - expected: Nothing, or the very file that was written before.
    public init(
        _ placer: TreePlacer,
        _ path: TreePath,
        metadata: FileMetadata,
        expecting expected: ExpectedState
    ) throws(FileTreeError) {
        writer = placer.writer
        if expected == .absent {
            let staged = try StagedFile(UInt64.random(in: 0...UInt64.max), in: placer.folder)
            do throws(FileTreeError) {
                try staged.truncate(0)
                var empty = metadata
                empty.size = 0
                _ = try placer.place(.init(staged, at: path, metadata: empty, expecting: .absent))
            } catch {
                try? staged.discard()
                throw error
            }
            file = staged.file
            offset = 0
        } else {
            file = try placer.folder.open(path, flags: O_RDWR | O_NONBLOCK | O_NOCTTY)
            let status = try file.status()
            guard status.kind == .file else { throw FileTreeError(.wrongKind) }
            try expected.check(status)
            offset = status.size
        }
    }

    /// Adds bytes that begin at an offset; those that are there already are not written again.
    ///
    /// - Throws: `changed` when bytes are missing before them, or when somebody else has written here.
    public func append(_ bytes: [UInt8], at place: UInt64) throws(FileTreeError) {
        guard try file.status().size == offset, place <= offset else { throw FileTreeError(.changed) }
        let (end, isTooFar) = place.addingReportingOverflow(UInt64(bytes.count))
        guard !isTooFar else { throw FileTreeError(.tooLarge) }
        guard end > offset else { return }
        try file.write(bytes.suffix(Int(end - offset)), at: offset)
        offset = end
    }

    /// Writes the beginning again.
    ///
    /// - Throws: `refused` when it is longer than a beginning may be, or than the file.
    public func rewriteHead(_ bytes: [UInt8]) throws(FileTreeError) {
        guard bytes.count <= GrowthReader.headLength, UInt64(bytes.count) <= offset else {
            throw FileTreeError(.refused)
        }
        try file.write(bytes[...], at: 0)
    }

    /// Waits until everything so far is on the disk.
    public func synchronize() throws(FileTreeError) { try file.synchronize() }

    /// Ends it: gives it what it is in the end.
    ///
    /// - Throws: `changed` when it is not as long as the metadata say.
    public func finish(_ metadata: FileMetadata) throws(FileTreeError) -> TreePlacer.Placed {
        guard metadata.kind == .file, metadata.size == offset, try file.status().size == offset else {
            throw FileTreeError(.changed)
        }
        let concessions = try writer.write(metadata, to: file)
        try file.synchronize()
        return TreePlacer.Placed(stamp: try file.status().stamp, concessions: concessions)
    }

    /// The hash of all of it.
    public func hash() throws(FileTreeError) -> ContentHash { try ContentHasher.hash(file) }
}
