public import FileReplication
import Glibc

/// Follows a file that somebody is writing: what was added since the last look, and whether the beginning was written again,
/// as recorders do with a header when they are done.
///
/// It belongs to one task at a time.
public final class GrowthReader {
    /// The most bytes of one look.
    public static let mostAtOnce = 1 << 20
    /// How much of the beginning is looked at again.
    public static let headLength = 4096

    /// What a look found.
    public enum Growth: Hashable, Sendable {
        /// Nothing new.
        case none
        /// These bytes, from this offset. There may be more: the next look tells.
        case appended([UInt8], at: UInt64)
        /// The beginning is another one now, as long as it was.
        case head([UInt8])
        /// It became shorter, or another file is at its path: it has to be taken as a whole.
        case restarted
    }

    private let folder: TreeFolder
    private let path: TreePath
    private let file: OpenFile
    private let identity: FileIdentity
    private var head: [UInt8] = []

    /// How far it was read.
    public private(set) var offset: UInt64

    /// Begins to follow a file.
    ///
    /// - Parameter offset: How much of it the others have already.
    /// - Throws: `changed` when it is not that long.
    public init(_ folder: TreeFolder, _ path: TreePath, from offset: UInt64 = 0) throws(FileTreeError) {
        (self.folder, self.path, self.offset) = (folder, path, offset)
        file = try folder.openFile(path)
        let status = try file.status()
        guard status.size >= offset else { throw FileTreeError(.changed) }
        identity = status.identity
        head = try file.read(Int(min(offset, UInt64(Self.headLength))), at: 0)
    }

    /// Looks for what is new.
    public func next() throws(FileTreeError) -> Growth {
        let status = try file.status()
        guard status.size >= offset else { return .restarted }
        if let present = try folder.place(of: path).status(), present.identity != identity { return .restarted }
        let start = try file.read(head.count, at: 0)
        guard start.count == head.count else { return .restarted }
        if start != head {
            head = start
            return .head(start)
        }
        let bytes = try file.read(Int(min(status.size - offset, UInt64(Self.mostAtOnce))), at: offset)
        guard !bytes.isEmpty else { return .none }
        defer { offset += UInt64(bytes.count) }
        let missing = Self.headLength - head.count
        if missing > 0 { head += bytes.prefix(missing) }
        return .appended(bytes, at: offset)
    }
}
