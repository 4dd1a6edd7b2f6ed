import CFileTrees
public import FileReplication
import Glibc

/// A walk through a folder, some files at a time: the order is that of paths, so that a walk can begin again where another
/// one ended.
///
/// It belongs to one task at a time. Between two calls files may come and go: a scan sees each as it is when its turn comes.
/// What is found missing was deleted only if the folder was present before and after (``TreeFolder/presence()``).
public final class TreeScan {
    /// The most names that a directory may have.
    public static let mostNames = 1_000_000

    /// A directory that the walk is in.
    private struct Level {
        let path: TreePath
        let directory: OpenFile
        let names: [[UInt8]]
        var next = 0
    }

    private let folder: TreeFolder
    private let reader: MetadataReader
    private let isExcluded: (TreePath, FileKind) -> Bool
    private let isKnown: (TreePath, FileStamp) -> Bool
    private let device: UInt64
    private var levels: [Level] = []
    private var findings: [ScanFinding] = []

    /// Whether the walk is over.
    public private(set) var isDone = false

    /// Begins a walk.
    ///
    /// - Parameters:
    ///   - start: The directory whose content is walked through; it is not told itself.
    ///   - after: Where another walk ended: what comes before it, and it itself, is not told again.
    ///   - isExcluded: Whether something is no part of the folder, nor what is in it.
    ///   - isKnown: Whether a stamp is the one that was seen last, so that nothing more is read.
    public init(
        _ folder: TreeFolder,
        below start: TreePath = .root,
        after: TreePath? = nil,
        names: OwnerNames,
        isExcluded: @escaping (TreePath, FileKind) -> Bool = { _, _ in false },
        isKnown: @escaping (TreePath, FileStamp) -> Bool = { _, _ in false }
    ) throws(FileTreeError) {
        self.folder = folder
        reader = MetadataReader(names: names)
        self.isExcluded = isExcluded
        self.isKnown = isKnown
        device = folder.identity.device
        enter(start, try folder.open(start, flags: O_RDONLY | O_DIRECTORY))
        if let after, after.isBelow(start) { skip(to: after) }
    }

    /// The next findings; none at the end.
    ///
    /// A few more than `limit` may come at once.
    public func next(_ limit: Int) -> [ScanFinding] {
        while findings.count < limit, !isDone { step() }
        defer { findings.removeAll(keepingCapacity: true) }
        return findings
    }

    private func step() {
        guard let last = levels.indices.last else {
            isDone = true
            return
        }
        guard levels[last].next < levels[last].names.count else {
            levels.removeLast()
            return
        }
        let name = levels[last].names[levels[last].next]
        levels[last].next += 1
        look(at: name, in: levels[last])
    }

    private func look(at name: [UInt8], in level: Level) {
        let path: TreePath
        do {
            path = try level.path.appending(name)
        } catch {
            // Such a path cannot be told; the directory can.
            return findings.append(.fault(level.path, .tooLong))
        }
        guard !TreeFolder.isReserved(path) else { return }
        do throws(FileTreeError) {
            guard let status = try level.directory.statusIfPresent(of: name) else { return }
            guard let kind = status.kind else { return findings.append(.fault(path, .unsupportedKind)) }
            guard !isExcluded(path, kind) else { return }
            guard status.identity.device == device else { return findings.append(.fault(path, .otherFileSystem)) }
            try record(path, name, status, kind, in: level.directory)
        } catch {
            // What was there a moment ago and is no more is for the next scan.
            if error.reason != .missing { findings.append(.fault(path, .unreadable(error))) }
        }
    }

    private func record(
        _ path: TreePath,
        _ name: [UInt8],
        _ status: SystemStatus,
        _ kind: FileKind,
        in directory: OpenFile
    ) throws(FileTreeError) {
        if kind == .directory {
            let opened = try directory.open(name, flags: O_RDONLY | O_DIRECTORY)
            try found(path, kind, status, isKnown: isKnown(path, status.stamp), opened: opened)
            return enter(path, opened)
        }
        if isKnown(path, status.stamp) {
            return append(path, reader.outline(status, kind: kind), status, isKnown: true)
        }
        if kind == .symbolicLink {
            let metadata = try reader.readLink(name, in: directory, status: status)
            return append(path, metadata, status, isKnown: false)
        }
        // A pipe may be there by now: opening one may not wait.
        let opened = try directory.open(name, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        try found(path, kind, status, isKnown: false, opened: opened)
    }

    private func found(
        _ path: TreePath,
        _ kind: FileKind,
        _ status: SystemStatus,
        isKnown: Bool,
        opened: OpenFile
    ) throws(FileTreeError) {
        if isKnown { return append(path, reader.outline(status, kind: kind), status, isKnown: true) }
        let (metadata, status) = try reader.read(opened)
        guard metadata.kind == kind else { throw FileTreeError(.missing) }
        append(path, metadata, status, isKnown: false)
    }

    private func append(_ path: TreePath, _ metadata: FileMetadata, _ status: SystemStatus, isKnown: Bool) {
        findings.append(
            .file(
                ScannedFile(
                    path: path,
                    metadata: metadata,
                    stamp: status.stamp,
                    links: status.links,
                    allocated: status.allocated,
                    isKnown: isKnown
                )
            )
        )
    }

    private func enter(_ path: TreePath, _ directory: OpenFile) {
        do throws(FileTreeError) {
            let names = try directory.names(limit: Self.mostNames).sorted { $0.lexicographicallyPrecedes($1) }
            for (name, other) in CaseCollisions.find(in: names) {
                if let path = try? path.appending(name), let other = try? self.path(path.parent, other) {
                    findings.append(.fault(path, .sameButForCase(as: other)))
                }
            }
            levels.append(Level(path: path, directory: directory, names: names))
        } catch {
            let fault: ScanFault = error.reason == .refused && error.code == 0 ? .crowded : .unreadable(error)
            findings.append(.fault(path, fault))
        }
    }

    private func path(_ parent: TreePath?, _ name: [UInt8]) throws(TreePath.Fault) -> TreePath {
        try (parent ?? .root).appending(name)
    }

    /// Goes down to where another walk ended, as far as that is still there.
    private func skip(to after: TreePath) {
        let start = levels.first?.path.depth ?? 0
        findings.removeAll()
        for name in after.bytes.split(separator: UInt8(ascii: "/")).map(Array.init).dropFirst(start) {
            guard var level = levels.popLast() else { return }
            level.next = level.names.firstIndex { !$0.lexicographicallyPrecedes(name) } ?? level.names.count
            let isThere = level.next < level.names.count && level.names[level.next] == name
            if isThere { level.next += 1 }
            levels.append(level)
            guard isThere, let path = try? level.path.appending(name), path.depth <= after.depth else { return }
            guard let directory = try? level.directory.open(name, flags: O_RDONLY | O_DIRECTORY) else { return }
            enter(path, directory)
            findings.removeAll()
        }
    }
}
