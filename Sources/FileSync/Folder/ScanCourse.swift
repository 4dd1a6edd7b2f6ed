import FileReplication
import FileTrees

// @unchecked: one step is made at a time, on some thread.
/// A walk through a folder, some findings at a time, each directory told as a whole.
final class ScanCourse: @unchecked Sendable {
    /// What is in a directory.
    struct Listing: Sendable {
        var directory: TreePath
        var entries: [(name: [UInt8], metadata: FileMetadata, identity: FileIdentity?)] = []
    }

    /// What one step found.
    struct Part: Sendable {
        var listings: [Listing] = []
        var faults: [(path: TreePath, fault: ScanFault)] = []
        var count = 0
        var isLast = false
    }

    /// How many findings there are in a step, about.
    private static let stepSize = 2000

    let start: TreePath
    private let runner: JobRunner
    private let scan: TreeScan
    /// The directories that the walk is in.
    private var open: [Listing]
    /// Directories of which nothing is known.
    private var closed: Set<TreePath> = []
    /// How many files were found by all steps.
    private(set) var count = 0

    init(_ runner: JobRunner, below start: TreePath, _ configuration: FolderConfiguration) throws(FileTreeError) {
        (self.start, self.runner) = (start, runner)
        open = [Listing(directory: start)]
        scan = try TreeScan(
            runner.folder,
            below: start,
            names: runner.names,
            isExcluded: { !configuration.includes($0, isDirectory: $1 == .directory) }
        )
    }

    func step() -> Part {
        var part = Part()
        for finding in scan.next(Self.stepSize) {
            switch finding {
            case .file(let file): take(file, &part)
            case .fault(let path, let fault):
                part.faults.append((path, fault))
                switch fault {
                case .unreadable, .otherFileSystem, .crowded, .tooLong: closed.insert(path)
                case .unsupportedKind, .sameButForCase: break
                }
            }
        }
        count += part.count
        if scan.isDone {
            part.isLast = true
            leave(below: nil, &part)
        }
        return part
    }

    private func take(_ file: ScannedFile, _ part: inout Part) {
        part.count += 1
        if file.links > 1, file.metadata.kind == .file { _ = runner.links.add(file.path, of: file.identity) }
        if let parent = file.path.parent { leave(below: parent, &part) }
        guard !open.isEmpty else { return }
        open[open.count - 1].entries.append((file.path.name, file.metadata, file.identity))
        if file.metadata.kind == .directory { open.append(Listing(directory: file.path)) }
    }

    /// Tells the directories that the walk has left: those that a directory is not in.
    private func leave(below directory: TreePath?, _ part: inout Part) {
        while let last = open.last, last.directory != directory {
            open.removeLast()
            if !closed.contains(last.directory) { part.listings.append(last) }
        }
    }
}
