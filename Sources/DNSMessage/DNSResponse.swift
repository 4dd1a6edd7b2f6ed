/// Writes the answer to a question, record by record.
public struct DNSResponse: Sendable {
    /// Where a record stands.
    public enum Section: Int, Sendable {
        case answer, authority, additional
    }

    /// How many bytes we take in a datagram: what reaches everybody in one piece (DNS flag day 2020).
    public static let payloadSize = 1232

    private var writer: MessageWriter
    private let flags: UInt16
    private let hasQuestion: Bool
    private var counts: (answers: UInt16, authorities: UInt16, additionals: UInt16) = (0, 0, 0)
    /// Whether something did not fit that the answer is not whole without.
    public private(set) var isTruncated = false
    /// Whether we speak for the zone.
    public var isAuthoritative = false
    /// The OPT record of the answer; there is none where the question has none.
    public var edns: EDNS?

    /// An answer without records yet.
    ///
    /// - Parameter limit: How many bytes it may have.
    public init(to query: DNSQuery, limit: Int) {
        (flags, hasQuestion) = (query.flags, query.hasQuestion)
        writer = MessageWriter(limit: limit)
        writer.append(number16: query.id)
        for _ in 0..<5 { writer.append(number16: 0) }
        if hasQuestion { writer.append(question: query.questionBytes, name: query.question.name) }
        if let asked = query.edns {
            var edns = EDNS(payloadSize: UInt16(Self.payloadSize))
            edns.wantsSignatures = asked.wantsSignatures
            // To be given back whatever the answer is (RFC 7871 §7.2.1), until somebody knows a scope.
            edns.clientSubnet = asked.clientSubnet
            // Room for a cookie of ours, too (RFC 9018 §4).
            if let cookie = asked.cookie { edns.cookie = DNSCookie(client: cookie.client) }
            self.edns = edns
            writer.limit -= edns.length + (edns.cookie == nil ? 0 : Self.serverCookieLength)
        }
    }

    private static let serverCookieLength = 16

    /// Appends a record.
    ///
    /// - Returns: Whether there was room for it. The answer is marked as truncated when not, unless the record was
    ///   among the additional ones, which are a courtesy (RFC 2181 §9).
    @discardableResult
    public mutating func append(_ section: Section, _ name: DomainName, ttl: UInt32, _ data: RecordData) -> Bool {
        guard !isTruncated else { return false }
        guard writer.append(name, data, ttl: ttl, class: RecordClass.internet) else {
            if section != .additional { isTruncated = true }
            return false
        }
        switch section {
        case .answer: counts.answers &+= 1
        case .authority: counts.authorities &+= 1
        case .additional: counts.additionals &+= 1
        }
        return true
    }

    /// Tells the asker to come again over a connection.
    public mutating func truncate() { isTruncated = true }

    /// The bytes of one message of several, of which the next one has what did not fit (RFC 5936 §2.2).
    public consuming func finishWhole() -> [UInt8] {
        isTruncated = false
        return finish()
    }

    /// The bytes of the answer.
    public consuming func finish(_ code: ResponseCode = .noError) -> [UInt8] {
        var word = Self.flags(for: flags, code)
        if isAuthoritative { word |= DNSMessage.Flag.authoritative }
        if isTruncated { word |= DNSMessage.Flag.truncated }
        writer.replace(number16: word, at: 2)
        writer.replace(number16: hasQuestion ? 1 : 0, at: 4)
        writer.replace(number16: counts.answers, at: 6)
        writer.replace(number16: counts.authorities, at: 8)
        writer.replace(number16: counts.additionals &+ (edns == nil ? 0 : 1), at: 10)
        if var edns {
            edns.extendedCode = UInt8(truncatingIfNeeded: code.rawValue >> 4)
            writer.append(edns)
        }
        return writer.bytes
    }

    /// An answer without the question, which nobody could understand.
    static func header(id: UInt16, flags: UInt16, code: ResponseCode, hasEDNS: Bool) -> [UInt8] {
        var writer = MessageWriter(limit: DNSMessage.headerLength)
        writer.append(number16: id)
        writer.append(number16: Self.flags(for: flags, code))
        for _ in 0..<3 { writer.append(number16: 0) }
        writer.append(number16: hasEDNS ? 1 : 0)
        if hasEDNS { writer.append(EDNS(payloadSize: UInt16(payloadSize))) }
        return writer.bytes
    }

    /// What an answer takes over of a question's flags (RFC 1035 §4.1.1, RFC 4035 §3.2.2).
    private static func flags(for flags: UInt16, _ code: ResponseCode) -> UInt16 {
        let kept: UInt16 = 0x7800 | DNSMessage.Flag.recursionDesired | DNSMessage.Flag.checkingDisabled
        return DNSMessage.Flag.response | flags & kept | code.rawValue & 0xF
    }
}
