import CFileTrees
import FileReplication
import Glibc

/// Extended attributes of open files.
///
/// Only `user.…` is carried: what is in the other namespaces (capabilities, labels) gives rights, which a peer may not
/// hand out.
enum Attributes {
    static let prefix = Array("user.".utf8)
    /// The longest name that the system takes.
    static let longestName = 255
    /// The most bytes of names that a file has.
    private static let mostNameBytes = 65_536

    /// What a file has.
    ///
    /// What is more than the limits allow is left out, as the system's own limit for a file is lower on most file
    /// systems.
    static func read(_ file: OpenFile) throws(FileTreeError) -> [ExtendedAttribute] {
        var attributes: [ExtendedAttribute] = []
        var total = 0
        for name in try names(file) where name.starts(with: prefix) {
            guard attributes.count < FileMetadata.mostAttributes, let value = try value(name, of: file) else {
                continue
            }
            guard total + name.count + value.count <= FileMetadata.mostAttributeBytes else { continue }
            total += name.count + value.count
            attributes.append(ExtendedAttribute(name: name, value: value))
        }
        return attributes.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// Whether a peer's attributes may be set.
    static func areAllowed(_ attributes: [ExtendedAttribute]) -> Bool {
        guard attributes.count <= FileMetadata.mostAttributes else { return false }
        var total = 0
        for attribute in attributes {
            guard attribute.name.count <= longestName, attribute.name.count > prefix.count else { return false }
            guard attribute.name.starts(with: prefix), !attribute.name.contains(0) else { return false }
            total += attribute.name.count + attribute.value.count
        }
        return total <= FileMetadata.mostAttributeBytes
    }

    /// Gives a file these attributes, and no others.
    static func write(_ attributes: [ExtendedAttribute], to file: OpenFile) throws(FileTreeError) {
        let wanted = Set(attributes.map(\.name))
        for name in try names(file) where name.starts(with: prefix) && !wanted.contains(name) {
            try check(unsafe withCPath(name) { unsafe cfiletrees_remove_attribute(file.descriptor, $0) })
        }
        for attribute in attributes { try set(attribute.name, attribute.value, of: file) }
    }

    static func set(_ name: [UInt8], _ value: [UInt8], of file: OpenFile) throws(FileTreeError) {
        let result = unsafe withCPath(name) { name in
            unsafe value.withUnsafeBytes {
                unsafe cfiletrees_set_attribute(file.descriptor, name, $0.baseAddress, $0.count)
            }
        }
        try check(result)
    }

    /// The value of an attribute; `nil` when there is none.
    static func value(_ name: [UInt8], of file: OpenFile) throws(FileTreeError) -> [UInt8]? {
        // Most are short; nobody may have more than 64 KiB.
        for capacity in [256, FileMetadata.mostAttributeBytes] {
            var result: Int32 = 0
            let value = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                result = unsafe withCPath(name) {
                    unsafe cfiletrees_attribute(file.descriptor, $0, buffer.baseAddress, capacity)
                }
                count = max(0, Int(result))
            }
            if result >= 0 { return value }
            if result == -ENODATA || result == -EOPNOTSUPP { return nil }
            guard result == -ERANGE else { throw FileTreeError(code: -result) }
        }
        return nil
    }

    private static func names(_ file: OpenFile) throws(FileTreeError) -> [[UInt8]] {
        for capacity in [512, mostNameBytes] {
            var result: Int32 = 0
            let names = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                result = unsafe cfiletrees_attribute_names(file.descriptor, buffer.baseAddress, capacity)
                count = max(0, Int(result))
            }
            if result >= 0 { return names.split(separator: 0).map(Array.init) }
            if result == -EOPNOTSUPP { return [] }
            guard result == -ERANGE else { throw FileTreeError(code: -result) }
        }
        return []
    }
}
