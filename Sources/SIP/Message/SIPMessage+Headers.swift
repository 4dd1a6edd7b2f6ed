import Base

extension SIPMessage {
    /// The value of the first field of that name, unfolded; for a list, the whole line.
    public func first(_ name: SIPHeaderName) -> String? {
        firstPosition(of: name).map { value(at: $0) }
    }

    /// The value of the first field of a name that may have no constant.
    public func first(named name: String) -> String? { first(SIPHeaderName(name)) }

    /// All values of a header: one for each line, or one for each element where the header is a comma list.
    public func all(_ name: SIPHeaderName) -> [String] {
        ranges(of: name).map { text(unfolding: $0) }
    }

    /// All values of a header that may have no constant.
    public func all(named name: String) -> [String] { all(SIPHeaderName(name)) }

    /// Whether the header occurs.
    public func contains(_ name: SIPHeaderName) -> Bool {
        firstPosition(of: name) != nil
    }

    /// Whether a comma list (Supported, Allow, Require …) has that element, compared without case.
    public func lists(_ name: SIPHeaderName, _ element: String) -> Bool {
        all(name).contains { $0.equalsIgnoringASCIICase(element) }
    }

    /// Every header line in order: the name as it was written, the value unfolded.
    public var headers: [(name: String, value: String)] {
        storage.index.entries.indices.map { position in
            (text(storage.index.entries[position].name), value(at: position))
        }
    }

    /// The Call-ID.
    public var callID: String { hot(.callID).map { text(unfolding: $0) } ?? "" }

    /// The number of the CSeq.
    public var cseq: UInt32 {
        guard let range = hot(.cseq) else { return 0 }
        let bytes = storage.bytes
        return CSeqScan(bytes.span, range)?.number ?? 0
    }

    /// The From header.
    public var from: NameAddress { address(.from) }

    /// The To header.
    public var to: NameAddress { address(.to) }

    /// The tag of From, without the rest of the header being made.
    public var fromTag: String? { tag(.from) }

    /// The tag of To, without the rest of the header being made.
    public var toTag: String? { tag(.to) }

    /// The topmost Via.
    public var topVia: Via {
        guard let scan = topViaScan else {
            return Via(transport: "UDP", host: .name("invalid"), port: nil, parameters: [:])
        }
        let bytes = storage.bytes
        return Via(scan, bytes.span)
    }

    /// The branch of the topmost Via, without the rest of the header being made.
    public var topBranch: String? { topViaScan?.branch.map { text($0) } }

    /// All Via values, topmost first.
    public var vias: [Via] {
        ranges(of: .via).compactMap { via($0) }
    }

    /// The Contact addresses, without those that do not parse; empty for `*`.
    public var contacts: [NameAddress] { addresses(.contact) }

    /// Whether the Contact is `*` (RFC 3261 §10.2.2).
    public var isContactStar: Bool { first(.contact) == "*" }

    /// The Route set, first hop first.
    public var routes: [NameAddress] { addresses(.route) }

    /// The Record-Route set in the order of the message.
    public var recordRoutes: [NameAddress] { addresses(.recordRoute) }

    /// All addresses of a header whose values are addresses (P-Asserted-Identity, Diversion, Path …).
    public func addresses(_ name: SIPHeaderName) -> [NameAddress] {
        ranges(of: name).compactMap { address($0) }
    }

    /// Max-Forwards.
    public var maxForwards: Int? { integer(.maxForwards) }

    /// Expires in seconds; a value that is not a number counts as absent (RFC 3261 §10.3).
    public var expires: Int? { integer(.expires) }

    /// The media type of the body with its parameters.
    public var contentType: String? { first(.contentType) }

    /// Whether the body is of that type (`application/sdp`), parameters and case aside.
    public func hasContentType(_ type: String) -> Bool {
        guard let contentType else { return false }
        let bare = contentType.utf8.prefix { $0 != UInt8(ascii: ";") && !$0.isBlank }
        return String(Substring(bare)).equalsIgnoringASCIICase(type)
    }
}
