import Base
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
    /// The stamps of what has neither attributes nor lists of access.
    private var plain: [UInt64] = []
    /// How many files were found by all steps.
    private(set) var count = 0

    init(_ runner: JobRunner, below start: TreePath, _ configuration: FolderConfiguration) throws(FileTreeError) {
        (self.start, self.runner) = (start, runner)
        open = [Listing(directory: start)]
        let known = runner.plain.known
        scan = try TreeScan(
            runner.folder,
            below: start,
            names: runner.names,
            isExcluded: { !configuration.includes($0, isDirectory: $1 == .directory) },
            isKnown: { known.contains($1) }
        )
    }

    func step() -> Part {
        var part = Part()
        let begun = MachineClock.wall.nanoseconds
        for finding in scan.next(Self.stepSize) {
            switch finding {
            case .file(let file):
                note(file, begun)
                take(file, &part)
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
            if start.isRoot { runner.plain.replace(with: plain) }
            plain = []
        }
        return part
    }

    /// Remembers what the next scan need not ask for.
    ///
    /// - Parameter begun: The time before it was looked at.
    private func note(_ file: ScannedFile, _ begun: Int64) {
        guard start.isRoot, plain.count < PlainStamps.most else { return }
        guard file.isKnown || file.metadata.isPlain && begun - PlainStamps.step > file.stamp.changed else { return }
        plain.append(PlainStamps.hash(of: file.stamp))
    }

    private func take(_ file: ScannedFile, _ part: inout Part) {
        part.count += 1
        if file.links > 1, file.metadata.kind == .file { _ = runner.links.add(file.path, of: file.identity) }
        if !open.isEmpty, !file.path.isIn(open[open.count - 1].directory), let parent = file.path.parent {
            leave(below: parent, &part)
        }
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
