import FileReplication
import Synchronization

/// The names of files that have several.
final class LinkTable: Sendable {
    /// The most files that are known, and names of each.
    private static let mostFiles = 200_000
    private static let mostNames = 64

    private let names = Mutex<[FileIdentity: [TreePath]]>([:])

    /// Takes a name of a file; the other ones that are known.
    func add(_ path: TreePath, of identity: FileIdentity) -> [TreePath] {
        names.withLock { names in
            if names.count >= Self.mostFiles { names.removeAll() }
            let others = (names[identity] ?? []).filter { $0 != path }
            if others.count < Self.mostNames { names[identity] = (others + [path]).sorted() }
            return others
        }
    }

    /// The names of a file that are known, when it has several.
    func names(of identity: FileIdentity) -> [TreePath] { names.withLock { $0[identity] ?? [] } }

    /// A name is another file's, or nobody's.
    func remove(_ path: TreePath, of identity: FileIdentity) {
        names.withLock { names in
            names[identity]?.removeAll { $0 == path }
            if names[identity]?.isEmpty == true { names[identity] = nil }
        }
    }
}
