import Base
import CFileTrees
public import FileReplication
import Glibc

/// A folder that is kept the same everywhere, held by its directory: every path is resolved beneath it, and no symbolic link
/// is ever followed on the way, whoever made it and whenever.
///
/// What this node needs for itself is in the directory ``workName`` at its root, which is no part of the folder.
public final class TreeFolder: Sendable {
    /// The name of the directory with staged files, versions and the marker.
    public static let workName = ".tandem-sync"
    static let markerName = Array("marker".utf8)
    static let stagedName = Array("staged".utf8)
    static let versionsName = Array("versions".utf8)
    /// The longest text of a marker, in bytes.
    static let longestMarker = 256

    /// Where the operator said that it is.
    public let path: String
    let root: OpenFile
    let identity: FileIdentity
    let work: OpenFile
    let staged: OpenFile
    let barrier: DiskBarrier

    /// Opens a folder.
    ///
    /// - Parameters:
    ///   - path: The operator's path. It may lead over symbolic links; what is beneath it may not.
    ///   - marker: What the folder's marker has to say, so that an empty directory where nothing is mounted is not taken for
    ///     the folder.
    ///   - create: Whether a folder without a marker gets one: only when somebody has decided that this is the folder.
    /// - Throws: `missing` when there is no such directory or no marker, `changed` when the marker is another folder's.
    public init(_ path: String, marker: String, create: Bool) throws(FileTreeError) {
        self.path = path
        root = try OpenFile(path: path, flags: O_RDONLY | O_DIRECTORY)
        identity = try root.status().identity
        let name = Array(Self.workName.utf8)
        if create {
            guard marker.utf8.count <= Self.longestMarker else { throw FileTreeError(.refused) }
            try Self.make(name, in: root)
        }
        work = try root.open(name, flags: O_RDONLY | O_DIRECTORY)
        if create {
            try Self.writeMarker(marker, in: work)
        }
        guard let found = try Self.marker(in: work) else { throw FileTreeError(.missing) }
        guard found == Array(marker.utf8) else { throw FileTreeError(.changed) }
        for name in [Self.stagedName, Self.versionsName] { try Self.make(name, in: work) }
        staged = try work.open(Self.stagedName, flags: O_RDONLY | O_DIRECTORY)
        barrier = try DiskBarrier(staged)
    }

    /// Makes a directory for ourselves, unless it is there.
    ///
    /// Nobody else looks into it: half files are in there.
    private static func make(_ name: [UInt8], in directory: OpenFile) throws(FileTreeError) {
        let result = unsafe withCPath(name) { unsafe mkdirat(directory.descriptor, $0, 0o700) }
        guard result == 0 || errno == EEXIST else { throw FileTreeError(code: errno) }
    }

    private static func writeMarker(_ text: String, in work: OpenFile) throws(FileTreeError) {
        guard try marker(in: work) == nil else { return }
        let fresh = Array("marker.new".utf8)
        let file = try work.open(fresh, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try file.write(Array(text.utf8)[...], at: 0)
        try file.synchronize()
        try work.rename(fresh, to: work, markerName, whenTaken: .replace)
        try work.synchronize()
    }

    private static func marker(in work: OpenFile) throws(FileTreeError) -> [UInt8]? {
        do {
            return try work.open(markerName, flags: O_RDONLY).read(longestMarker + 1, at: 0)
        } catch  where error.reason == .missing {
            return nil
        }
    }

    /// Whether the folder is still where it was.
    public enum Presence: Hashable, Sendable {
        /// It is.
        case present
        /// There is nothing at its path, or it has no marker: whatever is missing there was not deleted by anybody.
        case vanished
        /// Another directory is at its path: it was moved, or something was mounted over it, or is mounted no longer.
        case replaced
    }

    /// Looks whether the folder is still where it was.
    ///
    /// Nothing may be taken for deleted unless it is `present`, before and after a scan.
    public func presence() -> Presence {
        do {
            let now = try OpenFile(path: path, flags: O_RDONLY | O_DIRECTORY)
            guard try now.status().identity == identity else { return .replaced }
            let work = try now.open(Array(Self.workName.utf8), flags: O_RDONLY | O_DIRECTORY)
            guard try work.status().identity == self.work.status().identity else { return .replaced }
            return try Self.marker(in: work) == nil ? .vanished : .present
        } catch {
            return .vanished
        }
    }

    /// The room that there is, in bytes.
    ///
    /// - Throws: `readOnly` when the file system takes no changes.
    public func availableSpace() throws(FileTreeError) -> UInt64 {
        var available: UInt64 = 0
        var isReadOnly = false
        try check(unsafe cfiletrees_space(root.descriptor, &available, &isReadOnly))
        guard !isReadOnly else { throw FileTreeError(.readOnly) }
        return available
    }

    /// Whether a path is the node's own, and no part of the folder.
    public static func isReserved(_ path: TreePath) -> Bool {
        path.bytes.starts(with: workName.utf8)
            && (path.bytes.count == workName.utf8.count || path.bytes[workName.utf8.count] == UInt8(ascii: "/"))
    }

    /// Opens something in the folder.
    func open(_ path: TreePath, flags: Int32) throws(FileTreeError) -> OpenFile {
        guard !Self.isReserved(path) else { throw FileTreeError(.refused) }
        return try root.open(path.bytes, flags: flags)
    }

    /// A file, for reading.
    ///
    /// Never a pipe or a device, which could hold up whoever opens it.
    func openFile(_ path: TreePath) throws(FileTreeError) -> OpenFile {
        let file = try open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard try file.status().kind == .file else { throw FileTreeError(.wrongKind) }
        return file
    }

    /// A place in the folder: a directory that is held open, and a name in it.
    func place(of path: TreePath) throws(FileTreeError) -> Place {
        guard let parent = path.parent else { throw FileTreeError(.refused) }
        guard !Self.isReserved(path) else { throw FileTreeError(.refused) }
        return Place(directory: try root.open(parent.bytes, flags: O_RDONLY | O_DIRECTORY), name: path.name)
    }

    /// A directory that is held open, and a name in it.
    struct Place {
        let directory: OpenFile
        let name: [UInt8]

        func status() throws(FileTreeError) -> SystemStatus? { try directory.statusIfPresent(of: name) }
    }

    /// Bytes of a file; fewer than `count` at its end.
    ///
    /// - Throws: `changed` when the file was not what is expected while it was read.
    public func read(
        _ path: TreePath,
        count: Int,
        at offset: UInt64,
        expecting state: ExpectedState = .anything
    ) throws(FileTreeError) -> [UInt8] {
        let file = try openFile(path)
        let bytes = try file.read(count, at: offset)
        // Behind the reading: whoever wrote before has left another time.
        if state != .anything { try state.check(try file.status()) }
        return bytes
    }
}
