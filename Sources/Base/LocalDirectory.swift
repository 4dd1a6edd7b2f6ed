import Glibc

/// Directories of this machine; what is asked of them blocks.
public enum LocalDirectory {
    /// A directory that could not be made.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// The directory.
        public let path: String
        /// The number of the reason (`errno`).
        public let code: Int32

        /// The path with the reason.
        public var description: String {
            var text = [CChar](repeating: 0, count: 256)
            guard unsafe strerror_r(code, &text, text.count) == 0 else { return "\(path): error \(code)" }
            let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return "\(path): \(reason)"
        }
    }

    /// Makes a directory and those above it, as far as they are missing.
    ///
    /// - Parameters:
    ///   - mode: The permissions of those that are made.
    ///   - made: Gets the directory above each one that was made.
    public static func make(
        _ path: String,
        mode: UInt32 = 0o750,
        made: (_ parent: String) -> Void = { _ in }
    ) throws(Failure) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            let parent = built + "/"
            built = parent + part
            if unsafe mkdir(built, mode) == 0 {
                made(parent)
            } else if errno != EEXIST {
                throw Failure(path: built, code: errno)
            }
        }
    }

    /// Makes the directory that a file is to be in.
    public static func make(above path: String) throws(Failure) {
        guard let slash = path.lastIndex(of: "/") else { return }
        try make(String(path[..<slash]))
    }

    /// Whether it is there, and files can be made in it.
    public static func isWritable(_ path: String) -> Bool { unsafe access(path, W_OK | X_OK) == 0 }
}
