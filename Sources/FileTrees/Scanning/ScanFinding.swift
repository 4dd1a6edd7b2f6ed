public import FileReplication

/// Something in a folder, as a scan saw it.
public struct ScannedFile: Sendable {
    /// Where it is.
    public let path: TreePath
    /// What it is.
    ///
    /// Of files whose stamp is known, without attributes and lists of access: these are as they were.
    public let metadata: FileMetadata
    /// By which it is known that it has not changed.
    public let stamp: FileStamp
    /// How many names it has.
    public let links: UInt32
    /// What it takes of the disk, in bytes: less than its size when there are holes.
    public let allocated: UInt64
    /// Whether it was told that the stamp is known.
    public let isKnown: Bool

    /// Which file it is, whatever it is called.
    public var identity: FileIdentity { stamp.identity }
}

/// What a scan tells.
public enum ScanFinding: Sendable {
    /// Something is there.
    case file(ScannedFile)
    /// Something could not be looked at.
    case fault(TreePath, ScanFault)
}

/// Why a scan could not look at something.
public enum ScanFault: Hashable, Sendable {
    /// It could not be read. Of a directory: nothing is known of what is in it, so nothing in it was deleted.
    case unreadable(FileTreeError)
    /// A device, a socket or a pipe.
    case unsupportedKind
    /// Another file system begins here. Nothing is known of what is in it.
    case otherFileSystem
    /// Its path is too long, or too deep. Nothing is known of what is in it.
    case tooLong
    /// The directory has more names than ``TreeScan/mostNames``. Nothing is known of what is in it.
    case crowded
    /// There is another name in the directory that differs in nothing but the case of letters, or in how accents are
    /// written; where names are compared without that, there can be only one of both.
    case sameButForCase(as: TreePath)
}
