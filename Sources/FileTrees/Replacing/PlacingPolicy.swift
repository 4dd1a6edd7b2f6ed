import FileReplication

/// What a folder takes of what peers say about files, beside their bytes.
public struct PlacingPolicy: Hashable, Sendable {
    /// Whose files they become.
    public enum Owners: Hashable, Sendable {
        /// Those of the process, whatever a peer says.
        case ours
        /// Those of the user and group with the same names here; where there are none, these, and where these are none
        /// either, those of the process. Numbers are never taken over: they belong to others here.
        case named(otherwiseUser: String, otherwiseGroup: String)
    }

    /// Which symbolic links are made.
    public enum Links: Hashable, Sendable {
        /// None.
        case refused
        /// Those that lead to something in the folder, by a relative path that does not go down before it goes up.
        case inside
        /// All.
        case all
    }

    /// Whose files they become.
    public var owners: Owners
    /// Which symbolic links are made.
    public var links: Links
    /// Whether files may be given the bits by which a program runs as somebody else.
    public var allowsSetID: Bool

    /// Owners by name, links within the folder, no set-ID bits, unless it is said otherwise.
    public init(
        owners: Owners = .named(otherwiseUser: "", otherwiseGroup: ""),
        links: Links = .inside,
        allowsSetID: Bool = false
    ) {
        self.owners = owners
        self.links = links
        self.allowsSetID = allowsSetID
    }

    /// Whether a symbolic link may be made.
    func allows(target: [UInt8], at path: TreePath) -> Bool {
        guard !target.isEmpty, target.count <= FileMetadata.longestTarget, !target.contains(0) else { return false }
        switch links {
        case .refused: return false
        case .all: return true
        case .inside: return Self.staysInside(target, from: path)
        }
    }

    private static func staysInside(_ target: [UInt8], from path: TreePath) -> Bool {
        guard target.first != UInt8(ascii: "/") else { return false }
        var height = path.depth - 1
        var wentDown = false
        for name in target.split(separator: UInt8(ascii: "/")) where !name.elementsEqual([UInt8(ascii: ".")]) {
            guard name.elementsEqual([UInt8(ascii: "."), UInt8(ascii: ".")]) else {
                wentDown = true
                continue
            }
            // After a name that may itself be a link, nobody knows where "up" is.
            guard !wentDown, height > 0 else { return false }
            height -= 1
        }
        return !TreeFolder.isReserved(landing(of: target, from: path))
    }

    /// Where a target leads, as far as that is a path; the root otherwise.
    private static func landing(of target: [UInt8], from path: TreePath) -> TreePath {
        var names = path.parent?.bytes.split(separator: UInt8(ascii: "/")).map(Array.init) ?? []
        for name in target.split(separator: UInt8(ascii: "/")) where !name.elementsEqual([UInt8(ascii: ".")]) {
            if name.elementsEqual([UInt8(ascii: "."), UInt8(ascii: ".")]) {
                _ = names.popLast()
            } else {
                names.append(Array(name))
            }
        }
        return (try? TreePath(Array(names.joined(separator: [UInt8(ascii: "/")])))) ?? .root
    }
}

/// What a file did not get of its metadata, because this machine does not know it, or may not.
public struct Concessions: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// The bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The owner or the group is somebody else.
    public static let owner = Concessions(rawValue: 1)
    /// The list of access names somebody who is not known here, so that nobody but the owner may do anything.
    public static let access = Concessions(rawValue: 2)
    /// Set-ID bits were left out.
    public static let setID = Concessions(rawValue: 4)
    /// The file system has no extended attributes, or no lists of access.
    public static let attributes = Concessions(rawValue: 8)
}
