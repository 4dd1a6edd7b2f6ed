import CFileTrees
import FileReplication
import Glibc

/// inotify with a watch for each directory.
final class WatchedDirectories: WatchSource {
    let file: OpenFile
    private(set) var isComplete = true
    private let folder: TreeFolder
    private var paths: [Int32: TreePath] = [:]
    private var watches: [TreePath: Int32] = [:]
    /// What moved away, until it is known where to.
    private var departed: (cookie: UInt32, path: TreePath, isDirectory: Bool)?
    /// Directories that could not be watched, or came into being before they were: these are looked at as a whole.
    private var unseen: [TreePath] = []

    init(_ folder: TreeFolder) throws(FileTreeError) {
        self.folder = folder
        let descriptor = cfiletrees_inotify_open()
        guard descriptor >= 0 else { throw FileTreeError(code: -descriptor) }
        file = OpenFile(descriptor)
        watch(.root)
        guard watches[.root] != nil else { throw FileTreeError(.exhausted) }
    }

    func begin() -> [TreeChange] {
        defer { unseen = [] }
        return unseen.map { .rescan(below: $0) }
    }

    func end(into changes: inout [TreeChange]) {
        leave(into: &changes)
        changes += begin()
    }

    func take(_ buffer: UnsafeRawBufferPointer, into changes: inout [TreeChange]) {
        var offset = 0
        var event = unsafe cfiletrees_event()
        while unsafe cfiletrees_inotify_next(buffer.baseAddress, buffer.count, &offset, &event) {
            unsafe take(event, into: &changes)
        }
    }

    private func take(_ event: cfiletrees_event, into changes: inout [TreeChange]) {
        guard unsafe !event.has(CFILETREES_OVERFLOW) else {
            isComplete = true
            watch(.root)
            return changes.append(.rescan(below: .root))
        }
        let (watch, cookie) = unsafe (event.watch, event.cookie)
        if unsafe event.has(CFILETREES_GONE) { return forget(watch) }
        guard let directory = paths[watch], let path = try? unsafe directory.appending(event.nameBytes) else { return }
        guard !TreeFolder.isReserved(path) else { return }
        let isDirectory = unsafe event.has(CFILETREES_DIRECTORY)
        if unsafe event.has(CFILETREES_MOVED_FROM) {
            leave(into: &changes)
            departed = (cookie, path, isDirectory)
            return
        }
        if unsafe event.has(CFILETREES_MOVED_TO) {
            return arrive(path, cookie, isDirectory: isDirectory, into: &changes)
        }
        // Both halves of a rename come one after the other, so this is none.
        leave(into: &changes)
        if unsafe event.has(CFILETREES_DELETED) {
            changes.append(.removed(path))
        } else if unsafe event.has(CFILETREES_CLOSED) {
            changes.append(.closed(path))
        } else {
            changes.append(.changed(path))
            guard isDirectory, unsafe event.has(CFILETREES_CREATED) else { return }
            // What was made in it before it was watched is not told.
            self.watch(path)
            unseen.append(path)
        }
    }

    private func arrive(_ path: TreePath, _ cookie: UInt32, isDirectory: Bool, into changes: inout [TreeChange]) {
        if let from = departed, from.cookie == cookie {
            departed = nil
            changes.append(.moved(from: from.path, to: path))
            if isDirectory { move(from.path, to: path) }
            return
        }
        leave(into: &changes)
        changes.append(isDirectory ? .changed(path) : .closed(path))
        guard isDirectory else { return }
        watch(path)
        unseen.append(path)
    }

    /// What moved away went out of the folder.
    private func leave(into changes: inout [TreeChange]) {
        guard let from = departed else { return }
        departed = nil
        changes.append(.removed(from.path))
        guard from.isDirectory else { return }
        for (path, watch) in watches where path == from.path || path.isBelow(from.path) {
            cfiletrees_inotify_forget(file.descriptor, watch)
            forget(watch)
        }
    }

    private func forget(_ watch: Int32) {
        guard let path = paths.removeValue(forKey: watch) else { return }
        if watches[path] == watch { watches[path] = nil }
    }

    /// A directory has another path, and so has everything in it.
    private func move(_ old: TreePath, to new: TreePath) {
        for (path, watch) in watches where path == old || path.isBelow(old) {
            guard let moved = try? TreePath(new.bytes + path.bytes.dropFirst(old.bytes.count)) else { continue }
            watches[path] = nil
            watches[moved] = watch
            paths[watch] = moved
        }
    }

    /// Watches a directory and those in it.
    ///
    /// What cannot be watched is looked at as a whole.
    private func watch(_ path: TreePath) {
        var waiting = [path]
        while let path = waiting.popLast() {
            guard !TreeFolder.isReserved(path) else { continue }
            guard let directory = try? folder.open(path, flags: O_RDONLY | O_DIRECTORY) else { continue }
            let watch = cfiletrees_inotify_watch(file.descriptor, directory.descriptor)
            guard watch >= 0 else {
                // There are no more watches to be had.
                unseen.append(path)
                isComplete = false
                continue
            }
            if let old = paths[watch], watches[old] == watch { watches[old] = nil }
            paths[watch] = path
            watches[path] = watch
            for name in (try? directory.names(limit: TreeScan.mostNames)) ?? [] {
                guard let status = try? directory.status(of: name), status.isDirectory else { continue }
                if let inner = try? path.appending(name) { waiting.append(inner) }
            }
        }
    }
}
