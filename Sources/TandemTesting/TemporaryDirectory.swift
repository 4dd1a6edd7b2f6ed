import Glibc

/// A directory for one test; it is gone with the value.
public final class TemporaryDirectory {
    /// Where it is.
    public let path: String

    /// Makes it.
    public init() {
        var template = Array("/tmp/tandem-test-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
    }

    deinit {
        if path.hasPrefix("/tmp/tandem-test-") { Self.remove(path) }
    }

    /// Removes a directory and, before it, what is inside; what a symbolic link leads to stays.
    private static func remove(_ path: String) {
        for name in names(in: path) {
            let inner = "\(path)/\(name)"
            if unlink(inner) != 0, errno == EISDIR || errno == EPERM { remove(inner) }
        }
        rmdir(path)
    }

    /// The text of a file; `nil` when there is none.
    public func text(_ name: String) -> String? {
        guard let file = fopen("\(path)/\(name)", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes a file.
    ///
    /// - Returns: Its path.
    @discardableResult
    public func write(_ text: String, to name: String) -> String {
        let path = "\(path)/\(name)"
        if let file = fopen(path, "w") {
            fputs(text, file)
            fclose(file)
        }
        return path
    }

    /// The names in a directory below, hidden ones among them, in order.
    public func names(_ name: String = ".") -> [String] {
        Self.names(in: "\(path)/\(name)").sorted()
    }

    private static func names(in path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names.filter { $0 != "." && $0 != ".." }
    }
}
