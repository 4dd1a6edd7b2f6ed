import Glibc

/// A file system in memory with little room; it needs root, and is gone with the value.
public final class SmallFileSystem {
    /// Whether this process may have one.
    public static let isPossible = {
        guard let disk = try? SmallFileSystem(kilobytes: 64) else { return false }
        return !disk.path.isEmpty
    }()

    /// Why there is none.
    public struct Failure: Error {
        /// The system's number (`errno`).
        public let code: Int32
    }

    private let directory = TemporaryDirectory()
    /// Where it is.
    public let path: String

    /// Makes one, in a directory of its own or at a path.
    public init(kilobytes: Int, at path: String? = nil) throws {
        self.path = path ?? directory.path
        guard mount("tmpfs", self.path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else { throw Failure(code: errno) }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
    }

    /// Lets nobody write to it, or lets them again.
    public func setReadOnly(_ isReadOnly: Bool = true) throws {
        let flags = isReadOnly ? MS_REMOUNT | MS_RDONLY : MS_REMOUNT
        guard mount("tmpfs", path, "tmpfs", UInt(flags), "") == 0 else { throw Failure(code: errno) }
    }
}
