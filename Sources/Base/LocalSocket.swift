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
        guard let probe = connect(path) else { return false }
        _ = close(probe)
        return true
    }

    /// Connects to whoever takes connections at a path.
    ///
    /// - Returns: The connection's descriptor, which the caller closes; `nil` when nobody does.
    public static func connect(_ path: String) -> Int32? {
        let bytes = Array(path.utf8)
        guard bytes.count <= longestPath else { return nil }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            _ = close(descriptor)
            return nil
        }
        return descriptor
    }
}
