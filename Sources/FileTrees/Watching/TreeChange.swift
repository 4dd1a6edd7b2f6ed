public import FileReplication

/// Something that happened in a folder.
public enum TreeChange: Hashable, Sendable {
    /// Somebody who had written to a file closed it.
    case closed(TreePath)
    /// A file is being written, or has other metadata, or something is there that was not.
    case changed(TreePath)
    /// Something is not there any more.
    case removed(TreePath)
    /// Something has another path now.
    case moved(from: TreePath, to: TreePath)
    /// More happened than can be told: everything in this directory has to be looked at.
    case rescan(below: TreePath)

    /// The path that it is about; of a move, the new one.
    public var path: TreePath {
        switch self {
        case .closed(let path), .changed(let path), .removed(let path), .moved(_, let path), .rescan(let path): path
        }
    }
}
