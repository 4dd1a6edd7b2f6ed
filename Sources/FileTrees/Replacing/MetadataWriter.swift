import CFileTrees
import FileReplication
import Glibc

/// Gives open files what is carried beside their bytes.
struct MetadataWriter {
    let names: OwnerNames
    let policy: PlacingPolicy

    private static let setIDBits: UInt16 = 0o6000
    private static let ownerBits: UInt16 = 0o700

    /// Gives a file or directory all of it, the time last.
    ///
    /// - Parameters:
    ///   - status: What the file is, if that is known.
    ///   - expected: What it has to be still before it gets its time: the time of what somebody wrote meanwhile would be gone.
    func write(
        _ metadata: FileMetadata,
        to file: OpenFile,
        status: SystemStatus? = nil,
        expecting expected: ExpectedState = .anything
    ) throws(FileTreeError) -> Concessions {
        guard Attributes.areAllowed(metadata.attributes) else { throw FileTreeError(.refused) }
        let present: SystemStatus
        if let status { present = status } else { present = try file.status() }
        var concessions = try writeOwner(metadata, to: file, present)
        try writeMode(metadata, to: file, concessions: &concessions)
        do {
            try Attributes.write(metadata.attributes, to: file)
        } catch  where error.reason == .unsupported {
            concessions.insert(.attributes)
        }
        if expected != .anything { try expected.check(try file.status()) }
        try check(cfiletrees_set_modified(file.descriptor, metadata.modified))
        return concessions
    }

    /// Gives a symbolic link its owner and time; it has no permissions.
    func write(
        _ metadata: FileMetadata,
        toLink name: [UInt8],
        in directory: OpenFile
    ) throws(FileTreeError) -> Concessions {
        let (user, group, concessions) = numbers(metadata)
        if let user, let group {
            let result = unsafe withCPath(name) {
                unsafe fchownat(directory.descriptor, $0, user, group, AT_SYMLINK_NOFOLLOW)
            }
            guard result == 0 || errno == EPERM else { throw FileTreeError(code: errno) }
        }
        try check(
            unsafe withCPath(name) {
                unsafe cfiletrees_set_modified_of(directory.descriptor, $0, metadata.modified)
            }
        )
        return concessions
    }

    /// The numbers of owner and group here; `nil` when they stay those of the process.
    private func numbers(_ metadata: FileMetadata) -> (UInt32?, UInt32?, Concessions) {
        guard case .named(let otherUser, let otherGroup) = policy.owners else { return (nil, nil, []) }
        let (user, group) = (names.userNumber(metadata.owner), names.groupNumber(metadata.group))
        return (
            user ?? names.userNumber(otherUser) ?? geteuid(),
            group ?? names.groupNumber(otherGroup) ?? getegid(),
            user == nil || group == nil ? .owner : []
        )
    }

    private func writeOwner(
        _ metadata: FileMetadata,
        to file: OpenFile,
        _ present: SystemStatus
    ) throws(FileTreeError) -> Concessions {
        var (user, group, concessions) = numbers(metadata)
        // What this program made is its own already.
        let isOther = present.owner != user || present.group != group
        if let user, let group, isOther, fchown(file.descriptor, user, group) != 0 {
            guard errno == EPERM else { throw FileTreeError(code: errno) }
            // Only root may give files away.
            concessions.insert(.owner)
        }
        if policy.owners == .ours { concessions.insert(.owner) }
        return concessions
    }

    private func writeMode(
        _ metadata: FileMetadata,
        to file: OpenFile,
        concessions: inout Concessions
    ) throws(FileTreeError) {
        var mode = metadata.mode & 0o7777
        // A program that runs as its owner must not run as another one; on directories the bits mean something else.
        let losesSetID = !policy.allowsSetID || concessions.contains(.owner)
        if metadata.kind == .file, mode & Self.setIDBits != 0, losesSetID {
            mode &= ~Self.setIDBits
            concessions.insert(.setID)
        }
        let access = AccessLists.value(metadata.access, names: names)
        let handedOn = AccessLists.value(metadata.defaultAccess, names: names)
        if access == nil || handedOn == nil {
            // Without the entry nobody knows whom the others would let in.
            mode &= ~0o77
            concessions.insert(.access)
        }
        let lists =
            [(AccessLists.accessName, metadata.access, access)]
            + (metadata.kind == .directory ? [(AccessLists.defaultName, metadata.defaultAccess, handedOn)] : [])
        for (name, _, _) in lists { try removeList(name, of: file) }
        guard fchmod(file.descriptor, UInt32(mode)) == 0 else { throw FileTreeError(code: errno) }
        guard !concessions.contains(.access) else { return }
        for case (let name, let entries, let value?) in lists where !entries.isEmpty {
            do {
                try Attributes.set(Array(name.utf8), value, of: file)
            } catch  where error.reason == .unsupported || error.reason == .refused {
                guard fchmod(file.descriptor, UInt32(mode & Self.ownerBits)) == 0 else {
                    throw FileTreeError(code: errno)
                }
                concessions.insert(error.reason == .unsupported ? .attributes : .access)
            }
        }
    }

    private func removeList(_ name: String, of file: OpenFile) throws(FileTreeError) {
        let result = unsafe withCPath(Array(name.utf8)) { unsafe cfiletrees_remove_attribute(file.descriptor, $0) }
        guard result == 0 || result == -ENODATA || result == -EOPNOTSUPP else { throw FileTreeError(code: -result) }
    }
}
