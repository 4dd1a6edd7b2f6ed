import Base
import Glibc

/// Why something in a folder could not be read or changed.
public struct FileTreeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of trouble it is.
    public enum Reason: String, Hashable, Sendable {
        /// There is no such file, or no directory for it.
        case missing
        /// There is something already.
        case exists
        /// It is a directory where another kind was meant, or the other way round, or one that is not empty.
        case wrongKind = "wrong-kind"
        /// A symbolic link or another file system is on the way, or the path leads out of the folder.
        case outside
        /// What is there is not what was expected: somebody changed it meanwhile.
        case changed
        /// The permissions of this process are not enough.
        case denied
        /// The file system, or the quota, is full.
        case full
        /// The file system takes no changes.
        case readOnly = "read-only"
        /// The file would be too large for the file system.
        case tooLarge = "too-large"
        /// This process, or the machine, has too many open files or watches.
        case exhausted
        /// The disk failed.
        case damaged
        /// The file system cannot do this.
        case unsupported
        /// A path, a name or a number that is not allowed.
        case refused
        /// Something else: the code says what.
        case other
    }

    /// What kind of trouble it is.
    public let reason: Reason
    /// The system's number (`errno`); 0 when it did not come from the system.
    public let code: Int32

    /// A failure that did not come from the system.
    public init(_ reason: Reason) {
        self.reason = reason
        code = 0
    }

    /// A failure with the system's number.
    public init(code: Int32) {
        self.code = code
        reason = Self.reason(of: code)
    }

    /// Whether the whole folder has to wait until somebody makes room, or lets it be written to.
    public var stopsWriting: Bool { reason == .full || reason == .readOnly || reason == .damaged }

    private static func reason(of code: Int32) -> Reason {
        switch code {
        case ENOENT, ESTALE: .missing
        case EEXIST: .exists
        case ENOTDIR, EISDIR, ENOTEMPTY: .wrongKind
        case ELOOP, EXDEV: .outside
        case EACCES, EPERM: .denied
        case ENOSPC, EDQUOT: .full
        case EROFS: .readOnly
        case EFBIG: .tooLarge
        case EMFILE, ENFILE, ENOMEM, EUSERS: .exhausted
        case EIO, EUCLEAN: .damaged
        case EOPNOTSUPP, ENOSYS: .unsupported
        case EINVAL, ENAMETOOLONG: .refused
        default: .other
        }
    }

    /// The reason, and the system's number where there is one.
    public var description: String { code == 0 ? reason.rawValue : "\(reason.rawValue) (error \(code))" }
}
