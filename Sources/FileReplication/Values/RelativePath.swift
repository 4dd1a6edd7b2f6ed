/// A path beneath the root of a folder, as bytes: what a file system calls a name need not be text.
///
/// Components are joined by `/`. There is no slash at either end, and no component is empty, `.` or `..`, contains a zero or
/// is longer than ``maximumComponentLength``. The root itself is the empty path.
public struct RelativePath: Hashable, Sendable {
    /// How many bytes a path has at most.
    public static let maximumLength = 4096
    /// How many bytes one component has at most (`NAME_MAX`).
    public static let maximumComponentLength = 255
    /// How many components a path has at most.
    public static let maximumDepth = 128
    /// The folder's root.
    public static let root = Self(unchecked: [])

    /// The components, joined by slashes.
    public let bytes: [UInt8]

    /// The path with these bytes; `nil` when they break a rule above.
    public init?(_ bytes: [UInt8]) {
        guard Self.isValid(bytes[...]) else { return nil }
        self.bytes = bytes
    }

    /// The path that this text is in UTF-8; `nil` when it breaks a rule above.
    public init?(_ text: String) {
        self.init(Array(text.utf8))
    }

    /// For bytes that were taken from valid paths.
    init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Whether these bytes are one component.
    public static func isComponent(_ name: some Collection<UInt8>) -> Bool {
        guard !name.isEmpty, name.count <= maximumComponentLength else { return false }
        if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { return false }
        return !name.contains { $0 == 0 || $0 == UInt8(ascii: "/") }
    }

    private static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard !bytes.isEmpty else { return true }
        guard bytes.count <= maximumLength else { return false }
        let parts = bytes.split(
            separator: UInt8(ascii: "/"), maxSplits: maximumDepth, omittingEmptySubsequences: false)
        return parts.count <= maximumDepth && parts.allSatisfy(isComponent)
    }

    /// Whether this is the root.
    public var isRoot: Bool { bytes.isEmpty }

    /// The components from the root on; none for the root.
    public var components: [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: "/")) }

    /// The last component; empty for the root.
    public var name: ArraySlice<UInt8> {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes[...] }
        return bytes[(slash + 1)...]
    }

    /// The directory that it is in; the root's is the root.
    public var parent: Self {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return .root }
        return Self(unchecked: Array(bytes[..<slash]))
    }

    /// The path of something in this directory; `nil` when the name is none, or the path would be too long.
    public func appending(_ name: some Collection<UInt8>) -> Self? {
        guard Self.isComponent(name) else { return nil }
        if isRoot { return Self(unchecked: Array(name)) }
        guard bytes.count + 1 + name.count <= Self.maximumLength else { return nil }
        guard bytes.count(where: { $0 == UInt8(ascii: "/") }) + 2 <= Self.maximumDepth else { return nil }
        var joined = bytes
        joined.reserveCapacity(bytes.count + 1 + name.count)
        joined.append(UInt8(ascii: "/"))
        joined.append(contentsOf: name)
        return Self(unchecked: joined)
    }

    /// Whether this path is `directory` or something beneath it.
    public func isBeneath(_ directory: Self) -> Bool {
        if directory.isRoot { return true }
        guard bytes.starts(with: directory.bytes) else { return false }
        return bytes.count == directory.bytes.count || bytes[directory.bytes.count] == UInt8(ascii: "/")
    }
}

extension RelativePath: Comparable {
    /// The order of their bytes, a directory before what is in it.
    public static func < (left: Self, right: Self) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension RelativePath: CustomStringConvertible {
    /// For people: bytes that are not printable ASCII are escaped as `\x0a`, so that a name cannot forge a line of a log.
    public var description: String {
        var text = ""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\\"): text += "\\\\"
            case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16)
                text += digits.utf8.count < 2 ? "\\x0" + digits : "\\x" + digits
            }
        }
        return text
    }
}
