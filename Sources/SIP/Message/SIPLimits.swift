/// What a peer may ask of the parser; beyond these a message is refused.
public enum SIPLimits {
    /// Octets in one message, start line to body: what a UDP datagram can carry, on streams too.
    public static let messageBytes = 65_535
    /// Octets before the empty line that ends the header section.
    public static let headBytes = 32_768
    /// Header lines in one message.
    public static let headerLines = 256
    /// Octets in one header name.
    public static let headerNameBytes = 255
    /// Values of one kind of header (Via, Route …) after comma lists are split.
    public static let listValues = 256
    /// Octets in one URI.
    public static let uriBytes = 4_096
    /// Parameters of one URI, address or Via.
    public static let parameters = 64
    /// Parts of a body altogether; those beyond are not looked at.
    public static let bodyParts = 16
    /// Multipart bodies inside each other.
    public static let bodyDepth = 3
    /// Line ends that are skipped before a start line (RFC 3261 §7.5).
    public static let leadingLineEnds = 16
}
