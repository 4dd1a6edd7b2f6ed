/// What something in a folder is; other kinds (devices, sockets, pipes) are not carried.
public enum FileKind: UInt8, Hashable, Sendable {
    /// A file with bytes.
    case file = 1
    /// A directory.
    case directory = 2
    /// A symbolic link.
    case symbolicLink = 3
}

/// What is told of a file beside its bytes.
///
/// Users and groups are names, because numbers differ between machines.
public struct FileMetadata: Hashable, Sendable {
    /// The longest name of a user or group, in bytes.
    public static let longestOwner = 64
    /// The most extended attributes of a file, and of entries in one list of access.
    public static let mostAttributes = 64
    /// The most bytes of all extended attributes of a file, names and values.
    public static let mostAttributeBytes = 65_536
    /// The longest target of a symbolic link, in bytes.
    public static let longestTarget = 4095

    /// What it is.
    public var kind: FileKind
    /// Its size in bytes; 0 for what is no file.
    public var size: UInt64
    /// When it was changed last, in nanoseconds since 1970.
    public var modified: Int64
    /// The permissions, with the set-ID and sticky bits: the low 12 bits of the mode.
    public var mode: UInt16
    /// The name of the user whose it is; empty when that machine had no name for the number.
    public var owner: String
    /// The name of the group; empty when that machine had no name for the number.
    public var group: String
    /// Extended attributes by name (`user.…` only), in the order of names.
    public var attributes: [ExtendedAttribute]
    /// The list of access beyond the mode, and what a directory hands on to what is made in it.
    public var access: [AccessEntry]
    /// What a directory hands on to what is made in it.
    public var defaultAccess: [AccessEntry]
    /// What a symbolic link says; empty for everything else.
    public var target: [UInt8]

    /// Metadata with no attributes, lists or target unless they are given.
    public init(
        kind: FileKind,
        size: UInt64 = 0,
        modified: Int64 = 0,
        mode: UInt16 = 0o644,
        owner: String = "",
        group: String = "",
        attributes: [ExtendedAttribute] = [],
        access: [AccessEntry] = [],
        defaultAccess: [AccessEntry] = [],
        target: [UInt8] = []
    ) {
        self.kind = kind
        self.size = size
        self.modified = modified
        self.mode = mode
        self.owner = owner
        self.group = group
        self.attributes = attributes
        self.access = access
        self.defaultAccess = defaultAccess
        self.target = target
    }
}

/// An extended attribute of a file.
public struct ExtendedAttribute: Hashable, Sendable {
    /// The whole name, with its `user.`.
    public var name: [UInt8]
    /// The value.
    public var value: [UInt8]

    /// An attribute.
    public init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// An entry of a POSIX list of access.
public struct AccessEntry: Hashable, Sendable {
    /// Whom it is for.
    public enum Subject: UInt8, Hashable, Sendable {
        /// The user whose file it is.
        case owner = 1
        /// A user by name.
        case user = 2
        /// The file's group.
        case owningGroup = 3
        /// A group by name.
        case group = 4
        /// The most that users and groups by name may do.
        case mask = 5
        /// Everybody else.
        case other = 6
    }

    /// Whom it is for.
    public var subject: Subject
    /// The name of the user or group; empty for the other subjects, and for a number without a name.
    public var name: String
    /// Read 4, write 2, execute 1.
    public var permissions: UInt8

    /// An entry.
    public init(_ subject: Subject, name: String = "", permissions: UInt8) {
        self.subject = subject
        self.name = name
        self.permissions = permissions
    }
}
