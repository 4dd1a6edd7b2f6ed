import CFileTrees
import FileReplication
import Glibc

/// fanotify with one mark for the file system: events name a directory by its id, and a name in it.
final class MarkedFileSystem: WatchSource {
    /// The most directories whose paths are kept, those outside of the folder too.
    private static let mostKept = 65_536

    let file: OpenFile
    let isComplete = true
    private let folder: TreeFolder
    /// Where the folder really is; events elsewhere are not ours.
    private let rootPath: [UInt8]
    /// The paths of directories by their ids; `nil` for those that are not in the folder.
    private var paths: [[UInt8]: TreePath?] = [:]

    init(_ folder: TreeFolder) throws(FileTreeError) {
        self.folder = folder
        let descriptor = cfiletrees_fanotify_open(folder.root.descriptor)
        guard descriptor >= 0 else { throw FileTreeError(code: -descriptor) }
        file = OpenFile(descriptor)
        rootPath = try unsafe Self.path { unsafe cfiletrees_path_of(folder.root.descriptor, $0, $1) }
    }

    func begin() -> [TreeChange] { [] }

    func end(into changes: inout [TreeChange]) {}

    func take(_ buffer: UnsafeRawBufferPointer, into changes: inout [TreeChange]) {
        var offset = 0
        var event = unsafe cfiletrees_event()
        while unsafe cfiletrees_fanotify_next(buffer.baseAddress, buffer.count, &offset, &event) {
            unsafe take(event, into: &changes)
        }
    }

    private func take(_ event: cfiletrees_event, into changes: inout [TreeChange]) {
        guard unsafe !event.has(CFILETREES_OVERFLOW) else {
            paths.removeAll()
            return changes.append(.rescan(below: .root))
        }
        let isDirectory = unsafe event.has(CFILETREES_DIRECTORY)
        let path = unsafe self.path(event.handleBytes, event.nameBytes)
        if unsafe event.has(CFILETREES_RENAMED) {
            let newPath = unsafe self.path(event.newHandleBytes, event.newNameBytes)
            // Paths of what is in it are others now.
            if isDirectory { paths.removeAll(keepingCapacity: true) }
            return moved(from: path, to: newPath, isDirectory: isDirectory, into: &changes)
        }
        guard let path else { return }
        // Several may have come together: what is there in the end is looked at anyway.
        if unsafe event.has(CFILETREES_DELETED) {
            if isDirectory { paths.removeAll(keepingCapacity: true) }
            changes.append(.removed(path))
        }
        if unsafe event.has(CFILETREES_CLOSED) {
            changes.append(.closed(path))
        } else if unsafe event.has(CFILETREES_CREATED), isDirectory {
            // It may be full before anybody is told: when it came by mkdir, there are events for what is in it.
            changes.append(.changed(path))
        } else if unsafe event.has(CFILETREES_CREATED) || event.has(CFILETREES_MODIFIED)
            || event.has(CFILETREES_ATTRIBUTES)
        {
            changes.append(.changed(path))
        }
    }

    private func moved(
        from path: TreePath?,
        to newPath: TreePath?,
        isDirectory: Bool,
        into changes: inout [TreeChange]
    ) {
        switch (path, newPath) {
        case (let path?, let newPath?): changes.append(.moved(from: path, to: newPath))
        case (let path?, nil): changes.append(.removed(path))
        case (nil, let newPath?):
            changes.append(isDirectory ? .changed(newPath) : .closed(newPath))
            if isDirectory { changes.append(.rescan(below: newPath)) }
        case (nil, nil): break
        }
    }

    /// The path of a name in the directory with an id; `nil` when it is not in the folder.
    private func path(_ handle: [UInt8], _ name: [UInt8]) -> TreePath? {
        guard let directory = directory(handle) else { return nil }
        guard !name.isEmpty else { return directory }
        guard let path = try? directory.appending(name), !TreeFolder.isReserved(path) else { return nil }
        return path
    }

    private func directory(_ handle: [UInt8]) -> TreePath? {
        if let known = paths[handle] { return known }
        if paths.count >= Self.mostKept { paths.removeAll(keepingCapacity: true) }
        let found = lookUp(handle)
        paths[handle] = .some(found)
        return found
    }

    private func lookUp(_ handle: [UInt8]) -> TreePath? {
        let length = UInt32(clamping: handle.count)
        let absolute = try? unsafe Self.path { buffer, size in
            unsafe handle.withUnsafeBufferPointer {
                unsafe cfiletrees_path_of_handle(folder.root.descriptor, $0.baseAddress, length, buffer, size)
            }
        }
        guard let absolute, absolute.starts(with: rootPath) else { return nil }
        let rest = absolute.dropFirst(rootPath.count)
        guard rootPath != [UInt8(ascii: "/")] else { return try? TreePath(Array(rest)) }
        guard let slash = rest.first else { return .root }
        guard slash == UInt8(ascii: "/"), let path = try? TreePath(Array(rest.dropFirst())) else { return nil }
        return TreeFolder.isReserved(path) ? nil : path
    }

    private static func path(
        _ body: (UnsafeMutablePointer<CChar>?, Int) -> Int32
    ) throws(FileTreeError) -> [UInt8] {
        var result: Int32 = 0
        let capacity = TreePath.longestPath + 1
        let bytes = unsafe [CChar](unsafeUninitializedCapacity: capacity) { buffer, count in
            result = unsafe body(buffer.baseAddress, capacity)
            count = max(0, min(Int(result), capacity))
        }
        try check(result)
        return bytes.map { UInt8(bitPattern: $0) }
    }
}
