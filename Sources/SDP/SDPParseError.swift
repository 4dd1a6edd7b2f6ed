/// Why bytes are not a session description, and in which line.
public struct SDPParseError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// More bytes, lines, media or formats than ``SDPLimits`` allows.
        case limitExceeded
        /// The first line is not `v=0`.
        case missingVersion
        /// A line is not a letter, `=` and a text.
        case malformedLine
        /// A NUL byte, or a carriage return within a line.
        case forbiddenByte
        /// The `o=` line does not have six fields.
        case malformedOrigin
        /// The `c=` line does not have three fields.
        case malformedConnection
        /// The `m=` line lacks media, port or transport, or the port is not one.
        case malformedMedia
    }

    /// What is wrong.
    public let kind: Kind
    /// The line, counted from 1.
    public let line: Int

    /// An error in a line.
    public init(_ kind: Kind, line: Int) {
        (self.kind, self.line) = (kind, line)
    }
}

/// How much of a description is read; what is larger is refused as a whole.
public enum SDPLimits {
    /// The bytes of a description.
    public static let bytes = 65_536
    /// The lines of a description.
    public static let lines = 1024
    /// The media lines of a description.
    public static let media = 32
    /// The formats of a media line.
    public static let formats = 128
}
