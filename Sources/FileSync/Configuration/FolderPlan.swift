public import FileReplication
public import FileTrees

/// A folder, as `<folder …>` has it.
public struct FolderPlan: Hashable, Sendable {
    /// What all nodes call it.
    public var name: String
    /// Where it is on this node.
    public var path: String
    /// Which way changes go.
    public var direction = FolderConfiguration.Direction.both
    /// Who may change a file.
    public var ownership = FolderConfiguration.Ownership.shared
    /// Where the version goes that does not prevail.
    public var conflicts = FolderConfiguration.Conflicts.beside
    /// What is kept of old versions.
    public var versions = FolderSettings.Versions.none
    /// What is taken of what peers say about files.
    public var placing = PlacingPolicy()
    /// When so many deletions are suspicious.
    public var deleteLimits = DeleteGuard.Limits()
    /// What is replicated.
    public var filter = FilterRules()
    /// The command that a switch carries out when files have come; `nil` for none.
    public var onChange: String?
    /// With whom it is shared, with the limits of this folder alone.
    public var peers: [NodeName: [RateLimit]] = [:]

    /// A folder of this node alone.
    public init(name: String, path: String) {
        (self.name, self.path) = (name, path)
    }

    /// What the folder itself is told.
    ///
    /// - Parameter members: All nodes that have it, with their names.
    func settings(_ members: [NodeID: String]) -> FolderSettings {
        var replication = FolderConfiguration(members: members)
        (replication.direction, replication.ownership, replication.conflicts) = (direction, ownership, conflicts)
        (replication.filter, replication.deleteLimits) = (filter, deleteLimits)
        var settings = FolderSettings(replication)
        (settings.versions, settings.placing) = (versions, placing)
        return settings
    }
}
