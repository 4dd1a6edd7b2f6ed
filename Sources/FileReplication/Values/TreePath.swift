/// The path of something in a folder, as bytes, relative to the folder: names joined by slashes.
///
/// Names are what Linux takes for names: any bytes but the slash and zero, so line ends and invalid UTF-8 too. What a path
/// never has is a name that leads elsewhere (`.`, `..`, an empty one).
public struct TreePath: Hashable, Comparable, Sendable {
    /// The longest name, in bytes (`NAME_MAX`).
    public static let longestName = 255
    /// The longest path, in bytes: what a system call takes (`PATH_MAX`), without the zero.
    public static let longestPath = 4095
    /// The most names in a path.
    public static let deepest = 128

    /// Why bytes are no path.
    public enum Fault: Error, Hashable, Sendable {
        /// A name that is empty, `.` or `..`, or has a slash or a zero in it.
        case badName
        /// A name of more than ``TreePath/longestName`` bytes.
        case longName
        /// More than ``TreePath/longestPath`` bytes.
        case long
        /// More than ``TreePath/deepest`` names.
        case deep
    }

    /// The bytes; none for the folder itself.
    public let bytes: [UInt8]

    /// The folder itself.
    public static let root = TreePath(unchecked: [])

    private init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Takes bytes that are a path; none are the folder itself.
    public init(_ bytes: [UInt8]) throws(Fault) {
        guard bytes.count <= Self.longestPath else { throw .long }
        guard !bytes.isEmpty else {
            self.bytes = []
            return
        }
        var count = 0
        for name in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            try Self.check(name)
            count += 1
        }
        guard count <= Self.deepest else { throw .deep }
        self.bytes = bytes
    }

    /// Takes a text that is a path.
    public init(_ text: String) throws(Fault) {
        try self.init(Array(text.utf8))
    }

    /// The path of something in this directory.
    public func appending(_ name: [UInt8]) throws(Fault) -> TreePath {
        try Self.check(name[...])
        guard !isRoot else { return TreePath(unchecked: name) }
        guard bytes.count + 1 + name.count <= Self.longestPath else { throw .long }
        guard depth < Self.deepest else { throw .deep }
        var joined = bytes
        joined.reserveCapacity(bytes.count + 1 + name.count)
        joined.append(UInt8(ascii: "/"))
        joined.append(contentsOf: name)
        return TreePath(unchecked: joined)
    }

    private static func check(_ name: ArraySlice<UInt8>) throws(Fault) {
        let dot = UInt8(ascii: ".")
        guard let first = name.first, first != dot || name.count > 2 || name.last != dot else { throw .badName }
        guard name.count <= longestName else { throw .longName }
        guard !name.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) else { throw .badName }
    }

    /// Whether it is the folder itself.
    public var isRoot: Bool { bytes.isEmpty }

    /// How many names it has.
    public var depth: Int { isRoot ? 0 : bytes.count { $0 == UInt8(ascii: "/") } + 1 }

    /// The last name; empty for the folder itself.
    public var name: [UInt8] {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes }
        return Array(bytes[(slash + 1)...])
    }

    /// The directory that it is in; `nil` for the folder itself.
    public var parent: TreePath? {
        guard !isRoot else { return nil }
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return .root }
        return TreePath(unchecked: Array(bytes[..<slash]))
    }

    /// Whether it is below a directory; nothing is below itself.
    public func isBelow(_ directory: TreePath) -> Bool {
        guard !directory.isRoot else { return !isRoot }
        return bytes.count > directory.bytes.count && bytes[directory.bytes.count] == UInt8(ascii: "/")
            && bytes.starts(with: directory.bytes)
    }

    /// Whether it is in a directory itself, and in none that is below it.
    public func isIn(_ directory: TreePath) -> Bool {
        let start = directory.isRoot ? 0 : directory.bytes.count + 1
        return isBelow(directory) && !bytes[start...].contains(UInt8(ascii: "/"))
    }

    /// Feeds the hasher with all bytes at once: paths are looked up more often than anything else.
    public func hash(into hasher: inout Hasher) {
        unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }

    /// The order in which a tree is walked: what is in a directory comes after it and before the directory's next one, by
    /// the bytes of names.
    public static func < (left: TreePath, right: TreePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes) { order(of: $0) < order(of: $1) }
    }

    /// The slash comes before every byte of a name.
    private static func order(of byte: UInt8) -> UInt8 { byte == UInt8(ascii: "/") ? 0 : byte }
}

extension TreePath: CustomStringConvertible {
    /// The path for a log: what is no printable ASCII as `\xNN`, so that no name can end a line.
    public var description: String {
        var text = ""
        for byte in bytes {
            if byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return isRoot ? "." : text
    }
}
