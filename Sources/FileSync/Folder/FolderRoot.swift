import Base
import FileReplication
import FileTrees

/// A root that was opened, with what was under way in it.
struct FolderRoot: Sendable {
    // @unchecked: it is handed from the thread that made it to the folder's.
    /// The watch, which belongs to one thread at a time.
    struct Watch: @unchecked Sendable {
        let watch: TreeWatch
    }

    let folder: TreeFolder
    let watch: Watch
    /// Whether the folder had a marker: it was worked with before.
    let wasKnown: Bool

    /// Opens a root.
    ///
    /// - Parameter create: Whether it is made, with its marker, if it is not there.
    static func open(
        _ path: String,
        name: String,
        create: Bool,
        _ means: TreeWatch.Means?
    ) throws(FileTreeError) -> FolderRoot {
        let marker = "folder " + name.prefix(200)
        var wasKnown = true
        let folder: TreeFolder
        do {
            folder = try TreeFolder(path, marker: marker, create: false)
        } catch {
            guard create, error.reason == .missing else { throw error }
            wasKnown = false
            try? LocalDirectory.make(path)
            folder = try TreeFolder(path, marker: marker, create: true)
        }
        return FolderRoot(folder: folder, watch: Watch(watch: try TreeWatch(folder, means: means)), wasKnown: wasKnown)
    }

    /// Removes what was under way and is not wanted any more.
    ///
    /// - Returns: The growing files that are staged, with their sizes.
    func sweep(
        _ store: IndexStore,
        wanted: @autoclosure () -> Set<UInt64>
    ) throws -> [(beginning: Dot, size: UInt64)] {
        let staged = try folder.stagedFiles()
        var sizes: [UInt64: UInt64] = [:]
        for file in staged { sizes[file.token] = file.size }
        var found: [(beginning: Dot, size: UInt64)] = []
        var kept: Set<UInt64> = staged.isEmpty ? [] : wanted()
        for growth in try store.growths() {
            if let size = sizes[growth.token] {
                found.append((growth.beginning, size))
                kept.insert(growth.token)
            } else {
                try store.removeGrowth(growth.token)
            }
        }
        try folder.sweep(keeping: kept)
        return found
    }
}
