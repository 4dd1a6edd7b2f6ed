/// The dialog that an INVITE takes the place of (RFC 3891), as the user agent sees it that is asked.
public struct Replaces: Hashable, Sendable {
    /// The Call-ID.
    public var callID: String
    /// The tag of the user agent that is asked.
    public var localTag: String
    /// The tag of its peer.
    public var remoteTag: String
    /// Whether only a dialog that is not confirmed shall be replaced.
    public var isEarlyOnly: Bool

    /// Reads a header value: `Call-ID;to-tag=…;from-tag=…`; `nil` when it breaks its grammar.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let end = bytes.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let parameters = SIPParameters(header: bytes.span, end..<bytes.count)
        callID = String(decoding: bytes[..<end].filter { $0 > 0x20 }, as: UTF8.self)
        guard !callID.isEmpty, let to = parameters["to-tag"], let from = parameters["from-tag"], !to.isEmpty,
            !from.isEmpty
        else { return nil }
        (localTag, remoteTag, isEarlyOnly) = (to, from, parameters.contains("early-only"))
    }
}
