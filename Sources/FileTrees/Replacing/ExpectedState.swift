public import FileReplication

/// What has to be at a path before it is changed; otherwise somebody has been there, and nothing is done.
public enum ExpectedState: Hashable, Sendable {
    /// Nothing.
    case absent
    /// This very file, directory or link, with no other bytes; what a directory's size and time are does not count.
    case present(FileIdentity, size: UInt64, modified: Int64)
    /// Whatever there is, except a directory.
    case anything

    /// What was seen at a path.
    public init(_ stamp: FileStamp) {
        self = .present(stamp.identity, size: stamp.size, modified: stamp.modified)
    }

    /// Throws when something else is there.
    func check(_ status: SystemStatus?) throws(FileTreeError) {
        switch (self, status) {
        case (.anything, _), (.absent, nil): return
        case (.absent, .some), (.present, nil): throw FileTreeError(.changed)
        case (.present(let identity, let size, let modified), .some(let status)):
            let isSame =
                status.identity == identity
                && (status.kind != .file || (status.size == size && status.stamp.modified == modified))
            guard isSame else { throw FileTreeError(.changed) }
        }
    }
}
