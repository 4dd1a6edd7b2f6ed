import Glibc

/// Sockets of this machine, by their paths.
public enum LocalSocket {
    /// How long a path may be, in bytes (`sun_path`).
    public static let longestPath = 107

    /// Why nobody can listen at a path.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// Another process takes connections there.
        case isTaken(String)
        /// Something else has the name.
        case isNoSocket(String)

        /// What an operator reads.
        public var description: String {
            switch self {
            case .isTaken(let path): "another process takes connections at \(path)"
            case .isNoSocket(let path): "\(path) is there already, and is no socket"
            }
        }
    }

    /// Takes away a socket that nobody listens at any more, and nothing else.
    public static func removeLeftOver(_ path: String) throws(Fault) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .isNoSocket(path) }
        guard !isAnswered(path) else { throw .isTaken(path) }
        _ = unsafe unlink(path)
    }

    /// Whether a process takes connections there.
    private static func isAnswered(_ path: String) -> Bool {
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { _ = close(probe) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8.prefix(longestPath))
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
