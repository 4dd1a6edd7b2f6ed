/// A whole message (RFC 1035 §4.1), as somebody reads it who asked.
///
/// A server needs less, and has ``DNSQuery`` and ``DNSResponse``.
public struct DNSMessage: Hashable, Sendable {
    /// The most bytes that a message has: over TCP, its length has 16 bits.
    public static let maximumLength = 65_535
    /// The most records that are read.
    public static let maximumRecords = 4096
    /// The length of the header in bytes.
    static let headerLength = 12

    /// The bits of the second word (RFC 1035 §4.1.1, RFC 4035 §3).
    public enum Flag {
        /// The message is an answer.
        public static let response: UInt16 = 0x8000
        /// The sender speaks for the zone.
        public static let authoritative: UInt16 = 0x0400
        /// There is more than fitted.
        public static let truncated: UInt16 = 0x0200
        /// Others may be asked for the answer.
        public static let recursionDesired: UInt16 = 0x0100
        /// Signatures need not be checked.
        public static let checkingDisabled: UInt16 = 0x0010
    }

    /// What joins a question and its answer.
    public var id: UInt16
    /// The second word: ``Flag``s, the operation, the lower four bits of the response code.
    public var flags: UInt16
    /// What was asked.
    public var questions: [DNSQuestion] = []
    /// The answer.
    public var answers: [ResourceRecord] = []
    /// Who speaks for the zone.
    public var authorities: [ResourceRecord] = []
    /// What may be needed next.
    public var additionals: [ResourceRecord] = []
    /// The OPT record, which stands among the last ones.
    public var edns: EDNS?

    /// A message without anything in it.
    public init(id: UInt16, flags: UInt16 = 0) {
        (self.id, self.flags) = (id, flags)
    }

    /// How the question went; a number that has no name is `nil`.
    public var responseCode: ResponseCode? {
        ResponseCode(rawValue: UInt16(edns?.extendedCode ?? 0) << 4 | flags & 0xF)
    }

    /// Whether there is more than fitted into the datagram.
    public var isTruncated: Bool { flags & Flag.truncated != 0 }

    /// Reads a message.
    public init(parsing bytes: [UInt8]) throws(DNSMessageError) {
        guard bytes.count <= Self.maximumLength else { throw .wrongLength }
        var cursor = MessageCursor(bytes)
        id = try cursor.number16()
        flags = try cursor.number16()
        let counts = [try cursor.number16(), try cursor.number16(), try cursor.number16(), try cursor.number16()]
        guard counts.reduce(0, { $0 + Int($1) }) <= Self.maximumRecords else { throw .tooManyRecords }
        for _ in 0..<counts[0] { questions.append(try DNSQuestion(reading: &cursor)) }
        for _ in 0..<counts[1] { if let record = try record(&cursor) { answers.append(record) } }
        for _ in 0..<counts[2] { if let record = try record(&cursor) { authorities.append(record) } }
        for _ in 0..<counts[3] { if let record = try record(&cursor) { additionals.append(record) } }
        guard cursor.remaining == 0 else { throw .wrongLength }
    }

    private mutating func record(_ cursor: inout MessageCursor) throws(DNSMessageError) -> ResourceRecord? {
        let name = try cursor.name()
        let type = RecordType(rawValue: try cursor.number16())
        guard type == .opt else { return try ResourceRecord(name, type, reading: &cursor) }
        guard name == .root, edns == nil else { throw .wrongOPT }
        edns = try EDNS(reading: &cursor)
        return nil
    }

    /// The message as bytes; `nil` when it does not fit into so many.
    public func serialized(limit: Int = maximumLength) -> [UInt8]? {
        guard answers.count + authorities.count + additionals.count + questions.count < Self.maximumRecords else {
            return nil
        }
        var writer = MessageWriter(limit: limit - (edns?.length ?? 0))
        writer.append(number16: id)
        writer.append(number16: flags)
        for count in [
            questions.count, answers.count, authorities.count, additionals.count + (edns == nil ? 0 : 1),
        ] {
            writer.append(number16: UInt16(truncatingIfNeeded: count))
        }
        for question in questions { writer.append(question) }
        for record in answers + authorities + additionals {
            guard writer.append(record) else { return nil }
        }
        if let edns { writer.append(edns) }
        return writer.bytes.count <= limit ? writer.bytes : nil
    }
}
