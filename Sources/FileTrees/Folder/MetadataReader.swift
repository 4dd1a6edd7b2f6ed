import CFileTrees
import FileReplication
import Glibc

/// Reads what is carried of a file beside its bytes.
struct MetadataReader {
    let names: OwnerNames

    /// What the status tells, without attributes, lists of access and a link's target.
    func outline(_ status: SystemStatus, kind: FileKind) -> FileMetadata {
        FileMetadata(
            kind: kind,
            size: status.size,
            modified: status.stamp.modified,
            // A link has no permissions of its own.
            mode: kind == .symbolicLink ? 0o777 : status.permissions,
            owner: names.user(status.owner),
            group: names.group(status.group)
        )
    }

    /// Everything, from a descriptor of the file or directory.
    func read(_ file: OpenFile) throws(FileTreeError) -> (FileMetadata, SystemStatus) {
        let status = try file.status()
        guard let kind = status.kind else { throw FileTreeError(.wrongKind) }
        var metadata = outline(status, kind: kind)
        metadata.attributes = try Attributes.read(file)
        metadata.access = try entries(AccessLists.accessName, of: file)
        if kind == .directory { metadata.defaultAccess = try entries(AccessLists.defaultName, of: file) }
        return (metadata, status)
    }

    /// Everything of a symbolic link.
    func readLink(_ name: [UInt8], in directory: OpenFile, status: SystemStatus) throws(FileTreeError) -> FileMetadata {
        var metadata = outline(status, kind: .symbolicLink)
        metadata.target = try Self.target(of: name, in: directory)
        return metadata
    }

    static func target(of name: [UInt8], in directory: OpenFile) throws(FileTreeError) -> [UInt8] {
        let capacity = FileMetadata.longestTarget + 1
        var result = 0
        let target = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            unsafe buffer.withMemoryRebound(to: CChar.self) { buffer in
                guard let start = buffer.baseAddress else { return }
                result = unsafe withCPath(name) { unsafe readlinkat(directory.descriptor, $0, start, capacity) }
            }
            count = max(0, result)
        }
        guard result >= 0 else { throw FileTreeError(code: errno) }
        guard result < capacity else { throw FileTreeError(.refused) }
        return target
    }

    private func entries(_ name: String, of file: OpenFile) throws(FileTreeError) -> [AccessEntry] {
        guard let value = try Attributes.value(Array(name.utf8), of: file) else { return [] }
        return AccessLists.entries(value, names: names) ?? []
    }
}
