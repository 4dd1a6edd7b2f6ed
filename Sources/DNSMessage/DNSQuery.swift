/// A question as an authoritative server needs it.
public struct DNSQuery: Sendable {
    /// What becomes of the bytes that somebody sends to a server.
    public enum Reading: Sendable {
        /// They ask something.
        case query(DNSQuery)
        /// They ask for nothing but a cookie (RFC 7873 §5.4).
        case cookie(DNSQuery)
        /// They ask nothing that can be answered, and get this back.
        case refusal([UInt8])
        /// Nothing is sent back: they are an answer themselves, or no message at all.
        case silence
    }

    /// The most records beside the question; a question has one or two.
    static let maximumRecords = 16

    /// What joins a question and its answer.
    public let id: UInt16
    /// The second word of the message.
    public let flags: UInt16
    /// What is asked.
    public let question: DNSQuestion
    /// Whether something is asked; who wants nothing but a cookie asks nothing.
    public let hasQuestion: Bool
    /// The question as it came.
    let questionBytes: ArraySlice<UInt8>
    /// What the asker is able to do; `nil` where nothing is said.
    public internal(set) var edns: EDNS?

    /// Reads what somebody sent.
    public static func read(_ bytes: [UInt8]) -> Reading {
        var cursor = MessageCursor(bytes)
        guard bytes.count >= DNSMessage.headerLength, bytes.count <= DNSMessage.maximumLength,
            let id = try? cursor.number16(), let flags = try? cursor.number16(),
            // Who answers answers goes round in circles.
            flags & DNSMessage.Flag.response == 0
        else { return .silence }
        // Who speaks EDNS hears it in every answer (RFC 6891 §6.1.1), or takes us for somebody who does not.
        func refusal(_ code: ResponseCode) -> Reading {
            .refusal(DNSResponse.header(id: id, flags: flags, code: code, hasEDNS: hasOPT(bytes)))
        }
        switch UInt8(truncatingIfNeeded: flags >> 11 & 0xF) {
        case Operation.query: break
        // We have no copies of other servers' zones; whoever tells of a change need not tell it again (RFC 1996 §3.12).
        case Operation.notify: return refusal(.refused)
        default: return refusal(.notImplemented)
        }
        guard let query = try? DNSQuery(id: id, flags: flags, reading: &cursor) else { return refusal(.formatError) }
        guard query.edns?.version ?? 0 == 0 else {
            return .refusal(DNSResponse(to: query, limit: DNSMessage.maximumLength).finish(.badVersion))
        }
        guard query.hasQuestion else { return query.edns?.cookie == nil ? refusal(.formatError) : .cookie(query) }
        return .query(query)
    }

    /// Whether there is an OPT record in a message that may be wrong otherwise.
    private static func hasOPT(_ bytes: [UInt8]) -> Bool {
        var cursor = MessageCursor(bytes, at: 4)
        guard let questions = try? cursor.number16(), let answers = try? cursor.number16(),
            let authorities = try? cursor.number16(), let additionals = try? cursor.number16()
        else { return false }
        let records = Int(answers) + Int(authorities) + Int(additionals)
        guard Int(questions) + records <= maximumRecords else { return false }
        do {
            for _ in 0..<questions { _ = try DNSQuestion(reading: &cursor) }
            for _ in 0..<records {
                let name = try cursor.name()
                if RecordType(rawValue: try cursor.number16()) == .opt { return name == .root }
                _ = try cursor.take(6)
                _ = try cursor.take(Int(try cursor.number16()))
            }
        } catch {
            return false
        }
        return false
    }

    private init(id: UInt16, flags: UInt16, reading cursor: inout MessageCursor) throws(DNSMessageError) {
        (self.id, self.flags) = (id, flags)
        let questions = try cursor.number16()
        let counts = [try cursor.number16(), try cursor.number16(), try cursor.number16()]
        guard questions <= 1, counts.reduce(0, { $0 + Int($1) }) <= Self.maximumRecords else { throw .tooManyRecords }
        hasQuestion = questions == 1
        let start = cursor.position
        question = hasQuestion ? try DNSQuestion(reading: &cursor) : DNSQuestion(.root, .any)
        questionBytes = cursor.bytes[start..<cursor.position]
        // A name of the question that points somewhere could only point into the header.
        guard !hasQuestion || questionBytes.count == question.name.wire.count + 4 else { throw .wrongPointer }
        for (section, count) in counts.enumerated() {
            for _ in 0..<count { try skipRecord(&cursor, isAdditional: section == 2) }
        }
        guard cursor.remaining == 0 else { throw .wrongLength }
    }

    private mutating func skipRecord(
        _ cursor: inout MessageCursor,
        isAdditional: Bool
    ) throws(DNSMessageError) {
        let name = try cursor.name()
        let type = RecordType(rawValue: try cursor.number16())
        if type == .opt {
            guard isAdditional, edns == nil, name == .root else { throw .wrongOPT }
            edns = try EDNS(reading: &cursor)
            // Only answers have a scope (RFC 7871 §6).
            guard edns?.clientSubnet?.scope ?? 0 == 0 else { throw .wrongOption }
            return
        }
        _ = try cursor.take(6)
        _ = try cursor.take(Int(try cursor.number16()))
    }

    /// How long an answer in one datagram may be (RFC 6891 §6.2.3).
    public func datagramLimit(ours: Int) -> Int {
        guard let edns else { return 512 }
        return max(512, min(Int(edns.payloadSize), ours))
    }
}
