/// What there can be at a path.
///
/// Devices, sockets and pipes are not replicated.
public enum FileKind: UInt8, Sendable, CaseIterable {
    /// A regular file.
    case file = 1
    /// A directory.
    case directory = 2
    /// A symbolic link, carried as a link.
    case symbolicLink = 3
}

/// A named attribute of a file, as `setxattr` has it; access control lists are such attributes.
public struct ExtendedAttribute: Hashable, Sendable {
    /// The attribute's name with its namespace (`user.origin`), without a zero.
    public var name: [UInt8]
    /// What it holds.
    public var value: [UInt8]

    /// How long a name may be, in bytes (`XATTR_NAME_MAX`).
    public static let maximumNameLength = 255
    /// How long a value may be, in bytes; ext4 holds no more than a block.
    public static let maximumValueLength = 4096
    /// How many there are on a file at most.
    public static let maximumCount = 32

    /// An attribute.
    public init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// What is replicated of a file besides its content.
public struct FileMetadata: Hashable, Sendable {
    /// The permission bits, 0…0o7777.
    public var mode: UInt16
    /// When the content was changed, in nanoseconds since 1970.
    public var modified: Int64
    /// The owner's name; empty when it is not carried.
    public var owner: [UInt8]
    /// The group's name; empty when it is not carried.
    public var group: [UInt8]
    /// Its extended attributes, in the order of their names.
    public var attributes: [ExtendedAttribute]

    /// How long the name of an owner or a group may be, in bytes.
    public static let maximumNameLength = 64

    /// Metadata.
    public init(
        mode: UInt16, modified: Int64, owner: [UInt8] = [], group: [UInt8] = [], attributes: [ExtendedAttribute] = []
    ) {
        self.mode = mode
        self.modified = modified
        self.owner = owner
        self.group = group
        self.attributes = attributes
    }
}

/// By what one node recognises a file that has another name now, or two.
public struct FileIdentity: Hashable, Sendable {
    /// The file system.
    public var device: UInt64
    /// The file in it.
    public var inode: UInt64

    /// An identity.
    public init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }
}

/// What a node sees at a path without reading the content.
public struct FileStatus: Hashable, Sendable {
    /// What it is.
    public var kind: FileKind
    /// How long the content is, in bytes; 0 for anything but files.
    public var size: Int64
    /// What is replicated besides.
    public var metadata: FileMetadata
    /// Who it is on this node.
    public var identity: FileIdentity
    /// How many names it has (`st_nlink`).
    public var linkCount: UInt32

    /// A status.
    public init(
        kind: FileKind, size: Int64, metadata: FileMetadata, identity: FileIdentity, linkCount: UInt32 = 1
    ) {
        self.kind = kind
        self.size = size
        self.metadata = metadata
        self.identity = identity
        self.linkCount = linkCount
    }
}

/// What a node sees at a path when it has read the content.
public struct FileState: Hashable, Sendable {
    /// What is seen from outside.
    public var status: FileStatus
    /// The hash of the content; that of no bytes for directories and links.
    public var hash: ContentHash
    /// Where a symbolic link leads; empty for anything else.
    public var target: [UInt8]

    /// How long a link's target may be, in bytes.
    public static let maximumTargetLength = 4096

    /// A state.
    public init(status: FileStatus, hash: ContentHash, target: [UInt8] = []) {
        self.status = status
        self.hash = hash
        self.target = target
    }
}

extension ContentHash {
    /// The hash of nothing.
    public static let empty = ContentHash(
        words: (0xE3B0_C442_98FC_1C14, 0x9AFB_F4C8_996F_B924, 0x27AE_41E4_649B_934C, 0xA495_991B_7852_B855))
}
