public import FileReplication
import Glibc

/// Directories, links, and what becomes of names.
extension TreePlacer {
    /// Makes a directory.
    ///
    /// - Throws: `changed` when there is something by that name.
    public func makeDirectory(_ path: TreePath, metadata: FileMetadata) throws(FileTreeError) -> Placed {
        guard metadata.kind == .directory else { throw FileTreeError(.refused) }
        let place = try folder.place(of: path)
        try ExpectedState.absent.check(try place.status())
        // Out of sight until it has its metadata, and so that it gets none from the directory above.
        let name = Self.passingName(".directory")
        let result = unsafe withCPath(name) { unsafe mkdirat(folder.staged.descriptor, $0, 0o700) }
        guard result == 0 else { throw FileTreeError(code: errno) }
        do throws(FileTreeError) {
            let directory = try folder.staged.open(name, flags: O_RDONLY | O_DIRECTORY)
            let concessions = try writer.write(metadata, to: directory)
            try directory.synchronize()
            try publish(name, at: place, expecting: .absent)
            try place.directory.synchronize()
            return Placed(stamp: try directory.status().stamp, concessions: concessions)
        } catch {
            try? folder.staged.remove(name, isDirectory: true)
            throw error
        }
    }

    /// Makes a symbolic link, or another one in place of a file or link.
    ///
    /// - Throws: `refused` when the policy takes no such link.
    public func makeLink(
        _ path: TreePath,
        metadata: FileMetadata,
        expecting expected: ExpectedState
    ) throws(FileTreeError) -> Placed {
        guard metadata.kind == .symbolicLink, policy.allows(target: metadata.target, at: path) else {
            throw FileTreeError(.refused)
        }
        let place = try folder.place(of: path)
        let name = Self.passingName(".link")
        let result = unsafe withCPath(metadata.target) { target in
            unsafe withCPath(name) { unsafe symlinkat(target, folder.staged.descriptor, $0) }
        }
        guard result == 0 else { throw FileTreeError(code: errno) }
        do throws(FileTreeError) {
            let concessions = try writer.write(metadata, toLink: name, in: folder.staged)
            try publish(name, at: place, expecting: expected)
            try place.directory.synchronize()
            return Placed(stamp: try place.directory.status(of: place.name).stamp, concessions: concessions)
        } catch {
            try? folder.staged.remove(name, isDirectory: false)
            throw error
        }
    }

    /// Gives a file a further name.
    public func makeName(
        _ path: TreePath,
        of existing: TreePath,
        being source: ExpectedState,
        expecting expected: ExpectedState
    ) throws(FileTreeError) -> Placed {
        let (from, place) = (try folder.place(of: existing), try folder.place(of: path))
        let name = Self.passingName(".name")
        let result = unsafe withCPath(from.name) { from_ in
            unsafe withCPath(name) { unsafe linkat(from.directory.descriptor, from_, folder.staged.descriptor, $0, 0) }
        }
        guard result == 0 else { throw FileTreeError(code: errno) }
        // When both names are the same file already, the rename does nothing, and the passing name stays.
        defer { try? folder.staged.remove(name, isDirectory: false) }
        let status = try folder.staged.status(of: name)
        guard status.kind == .file else { throw FileTreeError(.wrongKind) }
        try source.check(status)
        try publish(name, at: place, expecting: expected)
        try place.directory.synchronize()
        return Placed(stamp: try place.directory.status(of: place.name).stamp, concessions: [])
    }

    /// Renames a file, a link or a directory with all that is in it.
    ///
    /// Between the look at what is at the new path and the rename, a writer could still come in, unless nothing is expected
    /// there. What came in at the old path is put back.
    public func rename(
        _ path: TreePath,
        to newPath: TreePath,
        being source: ExpectedState,
        expecting expected: ExpectedState
    ) throws(FileTreeError) -> Placed {
        guard newPath != path, !newPath.isBelow(path) else { throw FileTreeError(.refused) }
        let (from, to) = (try folder.place(of: path), try folder.place(of: newPath))
        guard let status = try from.status() else { throw FileTreeError(.changed) }
        try source.check(status)
        guard status.kind != nil else { throw FileTreeError(.wrongKind) }
        let present = try to.status()
        try expected.check(present)
        if present?.isDirectory == true { throw FileTreeError(.wrongKind) }
        do throws(FileTreeError) {
            try from.directory.rename(
                from.name,
                to: to.directory,
                to.name,
                whenTaken: present == nil ? .fail : .replace
            )
        } catch {
            throw error.reason == .exists || error.reason == .missing ? FileTreeError(.changed) : error
        }
        let moved = try to.directory.status(of: to.name)
        do throws(FileTreeError) {
            try source.check(moved)
        } catch {
            try to.directory.rename(to.name, to: from.directory, from.name, whenTaken: .fail)
            throw error
        }
        try to.directory.synchronize()
        try from.directory.synchronize()
        return Placed(stamp: moved.stamp, concessions: [])
    }

    /// Removes a file, a link, or a directory with nothing in it.
    ///
    /// - Throws: `wrongKind` when the directory is not empty.
    public func remove(_ path: TreePath, expecting expected: ExpectedState) throws(FileTreeError) {
        let place = try folder.place(of: path)
        guard let status = try place.status() else { throw FileTreeError(.changed) }
        try expected.check(status)
        if status.isDirectory {
            try place.directory.remove(place.name, isDirectory: true)
        } else {
            let name = Self.passingName(".removed")
            try take(place, as: name, in: folder.staged, expecting: expected)
            try folder.staged.remove(name, isDirectory: false)
        }
        try place.directory.synchronize()
    }

    /// Moves what is at a path out of the folder, among the versions, under its own path with a label at the end.
    ///
    /// - Returns: Where it is beneath the directory of versions.
    public func keep(
        _ path: TreePath,
        label: String,
        expecting expected: ExpectedState
    ) throws(FileTreeError) -> TreePath {
        let place = try folder.place(of: path)
        guard let status = try place.status() else { throw FileTreeError(.changed) }
        try expected.check(status)
        let (directory, name, kept) = try version(of: path, place, label: label)
        try take(place, as: name, in: directory, expecting: expected)
        try directory.synchronize()
        try place.directory.synchronize()
        return kept
    }

    /// Gives a file or link at a path a second name among the versions, for what is to be replaced or removed.
    ///
    /// - Returns: Where it is beneath the directory of versions.
    @discardableResult
    public func keepName(
        _ path: TreePath,
        label: String,
        expecting expected: ExpectedState
    ) throws(FileTreeError) -> TreePath {
        let place = try folder.place(of: path)
        let (directory, name, kept) = try version(of: path, place, label: label)
        let result = unsafe withCPath(place.name) { old in
            unsafe withCPath(name) { unsafe linkat(place.directory.descriptor, old, directory.descriptor, $0, 0) }
        }
        guard result == 0 else { throw errno == ENOENT ? FileTreeError(.changed) : FileTreeError(code: errno) }
        do throws(FileTreeError) {
            try expected.check(try directory.status(of: name))
        } catch {
            try? directory.remove(name, isDirectory: false)
            throw error
        }
        try directory.synchronize()
        return kept
    }

    /// Where a version of what is at a path goes: the directory is made.
    private func version(
        of path: TreePath,
        _ place: TreeFolder.Place,
        label: String
    ) throws(FileTreeError) -> (directory: OpenFile, name: [UInt8], path: TreePath) {
        let ending = Array((".".utf8)) + Array(label.utf8)
        guard ending.count < TreePath.longestName, let parent = path.parent else { throw FileTreeError(.refused) }
        let name = Array(place.name.prefix(TreePath.longestName - ending.count)) + ending
        let kept: TreePath
        do {
            kept = try parent.appending(name)
        } catch {
            throw FileTreeError(.refused)
        }
        var directory = try folder.work.open(TreeFolder.versionsName, flags: O_RDONLY | O_DIRECTORY)
        for part in parent.bytes.split(separator: UInt8(ascii: "/")).map(Array.init) {
            let result = unsafe withCPath(part) { unsafe mkdirat(directory.descriptor, $0, 0o700) }
            guard result == 0 || errno == EEXIST else { throw FileTreeError(code: errno) }
            directory = try directory.open(part, flags: O_RDONLY | O_DIRECTORY)
        }
        return (directory, name, kept)
    }

    /// Moves what is at a place elsewhere, and back when it is not what was expected.
    private func take(
        _ place: TreeFolder.Place,
        as name: [UInt8],
        in directory: OpenFile,
        expecting expected: ExpectedState
    ) throws(FileTreeError) {
        do {
            try place.directory.rename(place.name, to: directory, name, whenTaken: .fail)
        } catch  where error.reason == .missing {
            throw FileTreeError(.changed)
        }
        do throws(FileTreeError) {
            try expected.check(try directory.status(of: name))
        } catch {
            try directory.rename(name, to: place.directory, place.name, whenTaken: .fail)
            throw error
        }
    }

    /// A name for something that is under way; the next sweep takes what is left of it.
    private static func passingName(_ ending: String) -> [UInt8] {
        Array(String(UInt64.random(in: 0...UInt64.max), radix: 16).utf8) + Array(ending.utf8)
    }
}
