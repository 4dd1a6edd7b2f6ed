/// Why bytes are not a SIP message that may be processed, and whether the sender can be told.
public struct SIPParseError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// Nothing but line ends.
        case empty
        /// A limit of ``SIPLimits`` on octets is exceeded.
        case tooLarge
        /// More header lines, list values or parameters than ``SIPLimits`` allows.
        case tooMany
        /// The header section does not end, or the body is shorter than Content-Length says.
        case truncated
        /// The first line is neither a Request-Line nor a Status-Line.
        case malformedStartLine
        /// The version is not `SIP/2.0`.
        case unsupportedVersion
        /// A line of the header section is not a header field.
        case malformedHeaderLine
        /// A mandatory header field is not there (RFC 3261 §8.1.1).
        case missingHeader
        /// A header field that may occur once occurs more often.
        case repeatedHeader
        /// The value of a header field does not follow its grammar.
        case malformedValue
        /// The CSeq names another method than the Request-Line (RFC 3261 §8.1.1.5).
        case methodMismatch
    }

    /// What is wrong.
    public var kind: Kind
    /// Where, in octets from the beginning of the message.
    public var offset: Int
    /// The header field that is wrong or missing, where it is one.
    public var header: SIPHeaderName?
    /// The status that tells the sender of a request about it.
    ///
    /// `nil` where nothing may be answered: responses, ACK, and what is too broken to have a return path.
    /// ``SIPMessage/rejection(of:because:source:)`` makes the response.
    public var status: Int?

    /// An error of a kind at an offset.
    public init(_ kind: Kind, at offset: Int, header: SIPHeaderName? = nil, status: Int? = nil) {
        (self.kind, self.offset, self.header, self.status) = (kind, offset, header, status)
    }
}

extension SIPParseError: CustomStringConvertible {
    /// `malformedValue in CSeq at octet 310`.
    public var description: String {
        "\(kind)" + (header.map { " in \($0)" } ?? "") + " at octet \(offset)"
    }
}
