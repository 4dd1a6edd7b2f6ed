import CFileTrees
public import FileReplication
import Glibc

/// What changes when a file does: as long as it stays the same, nobody has touched the file.
public struct FileStamp: Hashable, Sendable {
    /// Which file.
    public let identity: FileIdentity
    /// Its size in bytes.
    public let size: UInt64
    /// When its bytes changed last, in nanoseconds since 1970.
    public let modified: Int64
    /// When its bytes, names or metadata changed last; nobody can set it.
    public let changed: Int64

    /// A stamp that was kept somewhere.
    public init(identity: FileIdentity, size: UInt64, modified: Int64, changed: Int64) {
        self.identity = identity
        self.size = size
        self.modified = modified
        self.changed = changed
    }
}

/// What the system tells of a file.
struct SystemStatus {
    let stamp: FileStamp
    let mode: UInt32
    let owner: UInt32
    let group: UInt32
    let links: UInt32
    /// What it takes of the disk, in bytes.
    let allocated: UInt64

    init(_ status: cfiletrees_status) {
        stamp = FileStamp(
            identity: FileIdentity(device: status.device, inode: status.inode),
            size: status.size,
            modified: status.modified,
            changed: status.changed
        )
        (mode, owner, group, links) = (status.mode, status.owner, status.group, status.links)
        allocated = status.blocks.multipliedReportingOverflow(by: 512).partialValue
    }

    var identity: FileIdentity { stamp.identity }
    var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    var permissions: UInt16 { UInt16(truncatingIfNeeded: mode & 0o7777) }
    /// The size; what is no file has none.
    var size: UInt64 { kind == .file ? stamp.size : 0 }

    /// What it is; `nil` for kinds that are not carried.
    var kind: FileKind? {
        switch mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .directory
        case S_IFLNK: .symbolicLink
        default: nil
        }
    }
}
