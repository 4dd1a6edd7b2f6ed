public import FileReplication
import Glibc

/// What was kept of files that were replaced or removed.
extension TreeFolder {
    /// The most names of one directory of versions that are looked at.
    static let mostVersions = 1_000_000

    /// All versions, directory by directory: the directory's path, and the names of the versions in it, in order.
    public func versions(_ receive: (TreePath, [[UInt8]]) -> Void) throws(FileTreeError) {
        try list(.root, try work.open(Self.versionsName, flags: O_RDONLY | O_DIRECTORY), receive)
    }

    private func list(
        _ path: TreePath,
        _ directory: OpenFile,
        _ receive: (TreePath, [[UInt8]]) -> Void
    ) throws(FileTreeError) {
        var files: [[UInt8]] = []
        for name in try directory.names(limit: Self.mostVersions).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard let status = try directory.statusIfPresent(of: name) else { continue }
            guard status.isDirectory else {
                files.append(name)
                continue
            }
            guard let inner = try? path.appending(name) else { continue }
            try list(inner, try directory.open(name, flags: O_RDONLY | O_DIRECTORY), receive)
        }
        if !files.isEmpty { receive(path, files) }
    }

    /// Removes a version, and the directories of versions that have nothing in them then.
    public func removeVersion(_ path: TreePath) throws(FileTreeError) {
        let versions = try work.open(Self.versionsName, flags: O_RDONLY | O_DIRECTORY)
        var current = path
        var isDirectory = false
        while let parent = current.parent {
            let directory = try versions.open(parent.bytes, flags: O_RDONLY | O_DIRECTORY)
            do throws(FileTreeError) {
                try directory.remove(current.name, isDirectory: isDirectory)
            } catch {
                // A directory that is not empty stays.
                if isDirectory { return }
                throw error
            }
            (current, isDirectory) = (parent, true)
        }
    }
}
