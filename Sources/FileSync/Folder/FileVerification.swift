import FileReplication
import FileTrees

/// Reads files, and compares them with what they were when they came.
enum FileVerification {
    /// Looks at some files; adds to the report, and gives the paths that are to be looked at again.
    static func check(
        _ items: [(path: TreePath, entry: IndexEntry)],
        _ runner: JobRunner,
        _ report: VerifyReport
    ) -> (report: VerifyReport, changed: [TreePath]) {
        var (report, changed) = (report, [TreePath]())
        for (path, entry) in items {
            guard let held = entry.held else { continue }
            let seen = try? runner.folder.look(path, names: runner.names)
            let isSame =
                seen?.metadata.kind == .file && seen?.metadata.size == held.metadata.size
                && seen?.metadata.modified == held.metadata.modified
            if isSame, let summary = try? runner.folder.summary(path, isChunked: false) {
                report.files += 1
                report.bytes += held.metadata.size
                guard summary.hash != held.hash else { continue }
                report.damagedCount += 1
                if report.damaged.count < VerifyReport.mostNamed { report.damaged.append(path) }
            } else {
                changed.append(path)
                report.changedCount += 1
                if report.changed.count < VerifyReport.mostNamed { report.changed.append(path) }
            }
        }
        return (report, changed)
    }
}
