import Base
import FileReplication
import FileTrees

/// Takes out of the versions folder what has no place in it any more.
enum VersionsFolder {
    /// Looks at all versions; how many were removed.
    @discardableResult
    static func tidy(_ folder: TreeFolder, _ policy: FolderSettings.Versions, at now: Int64) -> Int {
        guard policy != .none else { return 0 }
        let schedule = VersionSchedule(policy: policy)
        var count = 0
        // What cannot be read now is looked at the next time.
        try? folder.versions { directory, names in
            var labels: [[UInt8]: [VersionLabel]] = [:]
            for name in names {
                if let (label, name) = VersionLabel.read(name) { labels[name, default: []].append(label) }
            }
            for (name, labels) in labels {
                for label in schedule.expired(labels, at: now) {
                    guard let path = try? directory.appending(name + Array(".\(label.text)".utf8)) else { continue }
                    if (try? folder.removeVersion(path)) != nil { count += 1 }
                }
            }
        }
        return count
    }
}
