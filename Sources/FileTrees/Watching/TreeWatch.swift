import CFileTrees
import FileReplication
import Glibc

/// Hears what happens in a folder: by one mark for the whole file system where the system lets us (fanotify, which needs
/// root), or else by a watch for each directory (inotify).
///
/// It belongs to one task at a time, which waits until ``descriptor`` can be read.
public final class TreeWatch {
    /// How the folder is watched.
    public enum Means: String, Hashable, Sendable {
        /// One mark for the file system.
        case fanotify
        /// A watch for each directory.
        case inotify
    }

    /// The most bytes that are taken from the system at once.
    private static let bufferSize = 65_536
    /// The most times that bytes are taken before what is there is told.
    private static let mostReads = 256
    /// The most changes that are told at once; with more, the folder is looked at as a whole.
    static let mostChanges = 16_384

    private let folder: TreeFolder
    private let source: any WatchSource
    private let file: OpenFile

    /// How the folder is watched.
    public let means: Means

    /// What can be read when something happened.
    public var descriptor: Int32 { file.descriptor }

    /// Whether everything in the folder is watched; what is not has to be scanned from time to time, because the system
    /// gives no more watches.
    public var isComplete: Bool { source.isComplete }

    /// Begins to watch.
    ///
    /// What is there before has to be scanned afterwards, so that nothing is missed in between.
    ///
    /// - Parameter means: How; without it, by the first one that works.
    public init(_ folder: TreeFolder, means: Means? = nil) throws(FileTreeError) {
        self.folder = folder
        if means != .inotify, let source = try? MarkedFileSystem(folder) {
            (self.source, file, self.means) = (source, source.file, .fanotify)
            return
        }
        guard means != .fanotify else { throw FileTreeError(.unsupported) }
        let source = try WatchedDirectories(folder)
        (self.source, file, self.means) = (source, source.file, .inotify)
    }

    /// What happened, without waiting: nothing when nothing did.
    public func changes() throws(FileTreeError) -> [TreeChange] {
        var changes = source.begin()
        var isTooMuch = false
        for _ in 0..<Self.mostReads {
            var result = 0
            let buffer = unsafe [UInt8](unsafeUninitializedCapacity: Self.bufferSize) { buffer, count in
                result = unsafe read(file.descriptor, buffer.baseAddress, buffer.count)
                count = max(0, result)
            }
            if result < 0, errno == EINTR { continue }
            if result < 0, errno == EAGAIN { break }
            guard result > 0 else { throw FileTreeError(code: result < 0 ? errno : EIO) }
            unsafe buffer.withUnsafeBytes { unsafe source.take($0, into: &changes) }
            guard changes.count > Self.mostChanges else { continue }
            // The rest is read all the same, so that the source knows which directories there are.
            changes = []
            isTooMuch = true
        }
        source.end(into: &changes)
        return isTooMuch ? [.rescan(below: .root)] : tidied(changes)
    }

    /// Leaves out what says the same as its neighbour, and what a look at everything covers.
    private func tidied(_ changes: [TreeChange]) -> [TreeChange] {
        if changes.contains(.rescan(below: .root)) { return [.rescan(below: .root)] }
        var tidied: [TreeChange] = []
        tidied.reserveCapacity(changes.count)
        for var change in changes {
            // When a file is exchanged for another one, the old one goes after the new one came.
            if case .removed(let path) = change, isPresent(path) { change = .closed(path) }
            if tidied.last != change { tidied.append(change) }
        }
        return tidied
    }

    private func isPresent(_ path: TreePath) -> Bool {
        guard let place = try? folder.place(of: path), let status = try? place.status() else { return false }
        return status.kind == .file
    }
}

/// A way to watch.
protocol WatchSource: AnyObject {
    /// Whether nothing is left out.
    var isComplete: Bool { get }
    /// What is to be told before anything is read.
    func begin() -> [TreeChange]
    /// Takes what the system wrote.
    func take(_ buffer: UnsafeRawBufferPointer, into changes: inout [TreeChange])
    /// What is to be told when everything was read.
    func end(into changes: inout [TreeChange])
}

extension cfiletrees_event {
    func has(_ bit: Int) -> Bool { unsafe mask & UInt64(bit) != 0 }

    /// The name in the directory; empty for the directory itself.
    var nameBytes: [UInt8] { unsafe Self.bytes(name, name_length) }
    var newNameBytes: [UInt8] { unsafe Self.bytes(new_name, new_name_length) }
    var handleBytes: [UInt8] { unsafe Self.bytes(handle, handle_length) }
    var newHandleBytes: [UInt8] { unsafe Self.bytes(new_handle, new_handle_length) }

    private static func bytes(_ start: UnsafePointer<CChar>?, _ count: UInt32) -> [UInt8] {
        guard let start = unsafe start else { return [] }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: Int(count)))
    }

    private static func bytes(_ start: UnsafePointer<UInt8>?, _ count: UInt32) -> [UInt8] {
        guard let start = unsafe start else { return [] }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: Int(count)))
    }
}
