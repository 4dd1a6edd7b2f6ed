/// Where the preprocessor reads files from.
public protocol ConfigurationFiles: Sendable {
    /// The bytes of a file.
    ///
    /// - Throws: Why it cannot be read, or that it is longer than `limit`.
    func contents(of path: String, limit: Int) throws(ConfigurationFileError) -> [UInt8]

    /// The files that a path with `*`, `?` and `[…]` stands for, sorted by their bytes.
    func paths(matching pattern: String) -> [String]
}

/// Why a file could not be read or written.
public struct ConfigurationFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, such as "Permission denied".
    public let description: String

    /// A reason.
    public init(_ description: String) {
        self.description = description
    }
}
