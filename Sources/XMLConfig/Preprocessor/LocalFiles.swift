import Glibc

/// The files of this machine.
public struct LocalFiles: ConfigurationFiles {
    /// The files of this machine.
    public init() {}

    /// The bytes of a regular file; a pipe or a device is refused, for it might never end.
    public func contents(of path: String, limit: Int) throws(ConfigurationFileError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.lastError() }
        defer { _ = close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Self.lastError() }
        guard status.st_mode & S_IFMT == S_IFREG else { throw ConfigurationFileError("Not a regular file") }
        guard Int(status.st_size) <= limit else { throw ConfigurationFileError("Longer than \(limit) bytes") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.lastError()
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            // The file may grow while it is read.
            guard bytes.count <= limit else { throw ConfigurationFileError("Longer than \(limit) bytes") }
        }
    }

    /// The files that a pattern stands for, in the order of their bytes whatever the locale is.
    public func paths(matching pattern: String) -> [String] {
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        guard unsafe glob(pattern, GLOB_NOSORT, nil, &found) == 0 else { return [] }
        let paths = unsafe (0..<Int(found.gl_pathc)).compactMap { index in
            unsafe found.gl_pathv[index].map { unsafe String(cString: $0) }
        }
        return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Writes a file beside its final name and renames it, so that a reader never sees half of it.
    ///
    /// - Parameter isDurable: Whether it is on the disk when this returns, whatever becomes of the machine.
    public static func replace(
        _ path: String,
        with bytes: [UInt8],
        isDurable: Bool = false
    ) throws(ConfigurationFileError) {
        let temporary = path + ".new"
        // The text holds the passwords of the configuration: for its owner alone.
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open(temporary, flags, 0o600)
        guard descriptor >= 0 else { throw lastError() }
        var written = 0
        var failure: ConfigurationFileError?
        while written < bytes.count, failure == nil {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                failure = lastError()
            }
        }
        if isDurable, failure == nil, fsync(descriptor) != 0 { failure = lastError() }
        if close(descriptor) != 0, failure == nil { failure = lastError() }
        if failure == nil, unsafe rename(temporary, path) != 0 { failure = lastError() }
        if let failure {
            _ = unsafe unlink(temporary)
            throw failure
        }
    }

    private static func lastError() -> ConfigurationFileError {
        let code = errno
        var text = [CChar](repeating: 0, count: 256)
        guard unsafe strerror_r(code, &text, text.count) == 0 else { return ConfigurationFileError("Error \(code)") }
        return ConfigurationFileError(
            String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        )
    }
}
