import Glibc

/// Files of this machine; what is asked of them blocks.
public enum LocalFile {
    /// What the owner alone may do anything with.
    public static let ownerOnly: UInt32 = 0o600
    /// What the owner's group may read beside that.
    public static let readByGroup: UInt32 = 0o640

    /// Makes an empty file where there is none, with these permissions from its first moment on.
    ///
    /// No descriptor is opened: the end of one would end the locks that other descriptors of this process have on the file.
    ///
    /// - Returns: Whether it was made.
    @discardableResult
    public static func makeEmpty(_ path: String, mode: UInt32) -> Bool { unsafe mknod(path, S_IFREG | mode, 0) == 0 }

    /// The permissions of a file; `nil` when there is no regular file.
    public static func permissions(_ path: String) -> UInt32? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return status.st_mode & 0o777
    }
}
