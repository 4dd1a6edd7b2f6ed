import FileReplication

/// POSIX lists of access as the system keeps them in extended attributes: a version, and entries of a tag, permissions and a
/// number, all little-endian.
enum AccessLists {
    static let accessName = "system.posix_acl_access"
    static let defaultName = "system.posix_acl_default"

    private static let version: UInt32 = 2
    private static let noNumber = UInt32.max
    private static let headerBytes = 4
    private static let entryBytes = 8

    private static let tags: [(UInt16, AccessEntry.Subject)] = [
        (0x01, .owner), (0x02, .user), (0x04, .owningGroup), (0x08, .group), (0x10, .mask), (0x20, .other),
    ]

    /// The entries of an attribute's value, with names in place of numbers; `nil` when it is no list.
    static func entries(_ value: [UInt8], names: OwnerNames) -> [AccessEntry]? {
        guard value.count >= headerBytes, number(value[0..<4]) == version else { return nil }
        guard (value.count - headerBytes).isMultiple(of: entryBytes) else { return nil }
        var entries: [AccessEntry] = []
        for start in stride(from: headerBytes, to: value.count, by: entryBytes) {
            guard entries.count < FileMetadata.mostAttributes else { return nil }
            let tag = UInt16(value[start]) | UInt16(value[start + 1]) << 8
            guard let subject = tags.first(where: { $0.0 == tag })?.1 else { return nil }
            let number = number(value[(start + 4)..<(start + 8)])
            let name =
                switch subject {
                case .user: names.user(number)
                case .group: names.group(number)
                default: ""
                }
            entries.append(AccessEntry(subject, name: name, permissions: value[start + 2] & 7))
        }
        return entries
    }

    /// The value of an attribute; `nil` when this machine does not know somebody in it, or it is no list that the system
    /// would take.
    static func value(_ entries: [AccessEntry], names: OwnerNames) -> [UInt8]? {
        guard entries.count <= FileMetadata.mostAttributes else { return nil }
        var numbered: [(tag: UInt16, permissions: UInt8, number: UInt32)] = []
        for entry in entries {
            guard entry.permissions <= 7, let tag = tags.first(where: { $0.1 == entry.subject })?.0 else { return nil }
            var number: UInt32? = noNumber
            if entry.subject == .user { number = names.userNumber(entry.name) }
            if entry.subject == .group { number = names.groupNumber(entry.name) }
            guard let number else { return nil }
            numbered.append((tag, entry.permissions, number))
        }
        // The system wants them in the order of tags, and of numbers within a tag.
        numbered.sort { ($0.tag, $0.number) < ($1.tag, $1.number) }
        var value = bytes(version)
        for entry in numbered {
            value += [UInt8(truncatingIfNeeded: entry.tag), 0, entry.permissions, 0] + bytes(entry.number)
        }
        return value
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
