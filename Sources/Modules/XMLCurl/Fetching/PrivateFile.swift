import Glibc

/// Files that the switch alone may read: they hold what phones and web servers have as passwords.
enum PrivateFile {
    /// Writes a file that takes the place of one that is there, whole or not at all.
    ///
    /// - Returns: Whether it was written.
    static func replace(_ path: String, with bytes: [UInt8]) -> Bool {
        let beside = path + ".new"
        unlink(beside)
        guard create(beside, with: bytes) else { return false }
        return rename(beside, path) == 0
    }

    /// Writes a file that must not be there yet, as what waits in its place may be a link to another.
    ///
    /// - Returns: Whether it was written.
    static func create(_ path: String, with bytes: [UInt8]) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        close(descriptor)
        if !rest.isEmpty { unlink(path) }
        return rest.isEmpty
    }
}
