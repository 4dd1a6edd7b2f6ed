public import FileReplication
public import FileTrees
import Glibc

/// What an operator says of a folder on one node.
public struct FolderSettings: Sendable {
    /// What becomes of a file that a change from elsewhere replaces or removes.
    public enum Versions: Hashable, Sendable {
        /// It is gone.
        case none
        /// It is kept for so many days; 0 is for ever.
        case trash(days: Int)
        /// It is kept for so many days, the older the fewer: of the last hour one each half minute, of the last day one an
        /// hour, of the last month one a day, then one a week.
        case staggered(days: Int)
    }

    /// Nodes, direction, owners, conflicts, filter and limits.
    public var replication: FolderConfiguration
    /// What becomes of files that are replaced or removed.
    public var versions = Versions.none
    /// What is taken of what peers say about files, beside their bytes.
    public var placing = PlacingPolicy()
    /// How the folder is watched; `nil` for the first way that works.
    public var watching: TreeWatch.Means?
    /// How long a file is quiet before it is looked at, when nobody says that it was closed.
    public var settling = ChangeSettling.Delays(quiet: .milliseconds(200), longest: .milliseconds(300))
    /// How many jobs on files are carried out at once: those that wait for a disk leave the processors to others.
    public var parallelJobs = min(16, max(4, 2 * sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    /// A folder with everything as it is unless somebody says otherwise.
    public init(_ replication: FolderConfiguration) {
        self.replication = replication
    }
}
