import Glibc
import TandemTesting

@testable import FileTrees

/// A file system in memory with little room; it needs root, and is gone with the value.
final class SmallFileSystem {
    static let isPossible = {
        guard let disk = try? SmallFileSystem(kilobytes: 64) else { return false }
        return !disk.path.isEmpty
    }()

    private let directory = TemporaryDirectory()
    let path: String

    init(kilobytes: Int, at path: String? = nil) throws {
        self.path = path ?? directory.path
        guard mount("tmpfs", self.path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
            throw FileTreeError(code: errno)
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
    }

    func setReadOnly() throws {
        guard mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), "") == 0 else {
            throw FileTreeError(code: errno)
        }
    }
}
