import Base

/// A SIP request or response: a view over the bytes that were received or are to be sent.
///
/// The value is one reference to bytes and their index and never changes. Header fields are read from the bytes when
/// they are asked for; keep what you need more than once. What the transaction and dialog layers need of every
/// message (method, CSeq, top branch, tags, Call-ID) is found without searching.
public struct SIPMessage: Sendable {
    final class Storage: Sendable {
        let bytes: [UInt8]
        let index: SIPMessageIndex
        let method: SIPMethod

        init(bytes: [UInt8], index: SIPMessageIndex, method: SIPMethod) {
            (self.bytes, self.index, self.method) = (bytes, index, method)
        }
    }

    let storage: Storage

    init(storage: Storage) {
        self.storage = storage
    }

    /// Reads one whole message: a datagram, a WebSocket frame, or what ``SIPStreamFramer`` cut from a stream.
    ///
    /// Octets behind the body are dropped (RFC 3261 §18.3).
    ///
    /// - Throws: what is wrong, with the status that may be answered; see ``rejection(of:because:source:)``.
    public init(parsing bytes: [UInt8]) throws(SIPParseError) {
        // Header lines have some 30 octets, so that one allocation mostly holds the whole index.
        var index = SIPMessageIndex(reservingLines: min(bytes.count, 2_048) / 30 + 1)
        try index.index(bytes.span)
        let method = try index.validate(bytes.span)
        storage = Storage(bytes: bytes, index: index, method: method)
    }

    /// Whether this is a request.
    public var isRequest: Bool { storage.index.isRequest }

    /// The request's method; for a response, that of its CSeq.
    public var method: SIPMethod { storage.method }

    /// The status of a response.
    public var status: Int? { storage.index.isRequest ? nil : Int(storage.index.status) }

    /// The reason phrase of a response; empty for a request.
    public var reasonPhrase: String { isRequest ? "" : text(storage.index.startLineText) }

    /// The Request-URI of a request.
    public var requestURI: SIPURI? {
        guard isRequest else { return nil }
        let bytes = storage.bytes
        guard let scan = URIScan(bytes.span, storage.index.startLineText) else { return nil }
        return SIPURI(scan, bytes.span)
    }

    /// The Request-URI as it was written; empty for a response.
    public var requestURIText: String { isRequest ? text(storage.index.startLineText) : "" }

    /// The body; empty where there is none.
    public var body: [UInt8] { Array(storage.bytes[storage.index.body]) }

    /// Whether there is a body.
    public var hasBody: Bool { !storage.index.body.isEmpty }

    /// The body as text, with what is not UTF-8 repaired.
    public var bodyText: String { text(storage.index.body) }

    /// The message as it goes over the wire.
    public func serialized() -> [UInt8] { storage.bytes }

    /// How many octets the message has.
    public var count: Int { storage.bytes.count }
}

extension SIPMessage: CustomStringConvertible {
    /// The message as text, for logs.
    public var description: String { String(decoding: storage.bytes, as: UTF8.self) }
}
