/// A line of a file that an operator wrote.
public struct SourceLocation: Hashable, Sendable {
    /// The path of the file as it was opened, or the name of a document that came from elsewhere.
    public let file: String
    /// The line, counted from one; zero when only the file is known.
    public let line: Int

    /// A line of a file.
    public init(file: String, line: Int) {
        (self.file, self.line) = (file, line)
    }
}

extension SourceLocation: CustomStringConvertible {
    /// The place as compilers write it: `conf/vars.xml:12`.
    public var description: String { line > 0 ? "\(file):\(line)" : file }
}
