import CFileTrees
import Glibc
import Synchronization

/// Has all of a file system written to the disk, and knows for which files that can be believed.
///
/// The system tells a failure to write once on each open descriptor, whosever bytes they were (`syncfs`, since Linux 5.8).
/// With one descriptor for all, who asks first would take away what another one has to know. So those who wait at the same
/// time have a descriptor each, all of them open since before anything was staged, and failures are counted: a file that was
/// begun before one has to be asked about by itself, whoever was told.
final class DiskBarrier: Sendable {
    /// How many can wait for the disk at once; one more is told that nothing is known.
    static let places = 2

    private let idle: Mutex<[OpenFile]>
    private let failed = Atomic<Int>(0)
    private let synchronizeAll: @Sendable (OpenFile) -> Bool

    /// A barrier for the file system of a directory.
    ///
    /// - Parameter synchronizeAll: Writes all of it, and says whether no failure was told on the descriptor.
    init(
        _ directory: OpenFile,
        synchronizeAll: @escaping @Sendable (OpenFile) -> Bool = { cfiletrees_synchronize_all($0.descriptor) == 0 }
    ) throws(FileTreeError) {
        var files: [OpenFile] = []
        for _ in 0..<Self.places { files.append(try directory.open([], flags: O_RDONLY | O_DIRECTORY)) }
        idle = Mutex(files)
        self.synchronizeAll = synchronizeAll
    }

    /// How often writing has failed; what is begun now notes it.
    var failures: Int { failed.load(ordering: .sequentiallyConsistent) }

    /// Waits until everything is on the disk; false when something may not be.
    ///
    /// True counts for what was begun since the last failure alone (``failures``).
    func synchronize() -> Bool {
        guard let file = idle.withLock({ $0.popLast() }) else { return false }
        let isDone = synchronizeAll(file)
        if !isDone { failed.add(1, ordering: .sequentiallyConsistent) }
        idle.withLock { $0.append(file) }
        return isDone
    }
}
