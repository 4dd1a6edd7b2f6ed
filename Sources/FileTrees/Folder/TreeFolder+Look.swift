public import FileReplication
import Glibc

extension TreeFolder {
    /// What is at a path now; `nil` when nothing is.
    ///
    /// - Throws: `wrongKind` when it is a device, a socket or a pipe, `outside` when another file system is on the way.
    public func look(_ path: TreePath, names: OwnerNames) throws(FileTreeError) -> ScannedFile? {
        guard let place = try placeIfThere(path), let status = try place.status() else { return nil }
        let reader = MetadataReader(names: names)
        guard status.identity.device == identity.device else { throw FileTreeError(.outside) }
        switch status.kind {
        case nil: throw FileTreeError(.wrongKind)
        case .symbolicLink:
            let metadata = try reader.readLink(place.name, in: place.directory, status: status)
            return ScannedFile(path: path, metadata: metadata, status: status)
        case .file, .directory:
            do throws(FileTreeError) {
                let file = try place.directory.open(place.name, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
                let (metadata, status) = try reader.read(file)
                return ScannedFile(path: path, metadata: metadata, status: status)
            } catch {
                if error.reason == .missing { return nil }
                throw error
            }
        }
    }

    /// By what it is known whether somebody has touched what is at a path; `nil` when nothing is, or it cannot be seen.
    public func stamp(of path: TreePath) -> FileStamp? {
        guard let place = try? place(of: path), let status = try? place.status() else { return nil }
        return status.stamp
    }

    /// Other names of a file in the same directory.
    public func names(beside path: TreePath, of identity: FileIdentity) throws(FileTreeError) -> [[UInt8]] {
        let place = try place(of: path)
        var found: [[UInt8]] = []
        for name in try place.directory.names(limit: TreeScan.mostNames) where name != place.name {
            if try place.directory.statusIfPresent(of: name)?.identity == identity { found.append(name) }
        }
        return found
    }

    /// A place in the folder; `nil` when there is no directory for it.
    private func placeIfThere(_ path: TreePath) throws(FileTreeError) -> Place? {
        do {
            return try place(of: path)
        } catch {
            if error.reason == .missing || error.code == ENOTDIR || error.code == ELOOP { return nil }
            throw error
        }
    }
}

extension ScannedFile {
    fileprivate init(path: TreePath, metadata: FileMetadata, status: SystemStatus) {
        self.init(
            path: path,
            metadata: metadata,
            stamp: status.stamp,
            links: status.links,
            allocated: status.allocated,
            isKnown: false
        )
    }
}
