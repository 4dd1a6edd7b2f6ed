/// Cuts messages from a TCP or TLS stream by their Content-Length (RFC 3261 §18.3).
///
/// Append what was read, then take frames until there are none: what stays buffered is then less than one message,
/// and a message has at most ``SIPLimits/messageBytes``.
public struct SIPStreamFramer: Sendable {
    /// What came next on the stream.
    public enum Frame: Hashable, Sendable {
        /// The bytes of one message, for ``SIPMessage/init(parsing:)``.
        case message([UInt8])
        /// A keep-alive that is to be answered with CRLF (RFC 5626 §3.5.1).
        case ping
        /// The answer to a keep-alive; noticed when something follows it.
        case pong
    }

    private var buffer: [UInt8] = []
    /// Where the frame that is being collected begins.
    private var start = 0
    /// No header section ends before this position.
    private var searched = 0
    /// The length of the frame that is being collected, once its header section is there.
    private var frameLength: Int?
    private var index = SIPMessageIndex(reservingLines: 32)
    private var failure: SIPParseError?

    /// A framer at the beginning of a stream.
    public init() {}

    /// How many octets wait for the rest of their message.
    public var bufferedCount: Int { buffer.count - start }

    /// Whether a message has begun and not ended; line ends between messages are none.
    public var isMidMessage: Bool { bufferedCount > 0 && buffer[start] != 0x0D }

    /// Takes what was read from the stream.
    public mutating func append(_ bytes: [UInt8]) {
        makeRoom()
        buffer.append(contentsOf: bytes)
    }

    /// Takes what was read from the stream.
    public mutating func append(_ bytes: Span<UInt8>) {
        makeRoom()
        buffer.reserveCapacity(buffer.count + bytes.count)
        for at in bytes.indices { buffer.append(bytes[at]) }
    }

    /// The next frame; `nil` until more bytes come.
    ///
    /// - Throws: when the stream can no longer be followed: close the connection. Every later call throws the same.
    public mutating func next() throws(SIPParseError) -> Frame? {
        if let failure { throw failure }
        do {
            return try cut()
        } catch {
            failure = error
            (buffer, start) = ([], 0)
            throw error
        }
    }

    private mutating func makeRoom() {
        if failure != nil {
            // Nothing will be read from a broken stream any more.
            buffer.removeAll()
        } else if start > 0 {
            buffer.removeSubrange(..<start)
            searched = max(searched - start, 0)
        }
        start = 0
    }

    private mutating func cut() throws(SIPParseError) -> Frame? {
        if frameLength == nil {
            if let keepAlive = try cutKeepAlive() { return keepAlive }
            guard let headEnd = try findHeadEnd() else { return nil }
            frameLength = try lengthOfFrame(headLength: headEnd - start)
        }
        guard let length = frameLength, bufferedCount >= length else { return nil }
        let message = Array(buffer[start..<start + length])
        start += length
        searched = start
        frameLength = nil
        return .message(message)
    }

    /// RFC 5626 §3.5.1: a double CRLF between messages asks for a single one, which is the answer.
    private mutating func cutKeepAlive() throws(SIPParseError) -> Frame? {
        guard bufferedCount >= 3, buffer[start] == 0x0D, buffer[start + 1] == 0x0A else { return nil }
        guard buffer[start + 2] == 0x0D else {
            start += 2
            return .pong
        }
        guard bufferedCount >= 4 else { return nil }
        guard buffer[start + 3] == 0x0A else { throw SIPParseError(.malformedStartLine, at: 3) }
        start += 4
        return .ping
    }

    /// The position behind the empty line, if it has come.
    private mutating func findHeadEnd() throws(SIPParseError) -> Int? {
        // Line ends at the very beginning are the beginning of a keep-alive.
        guard isMidMessage else { return nil }
        var at = max(start, searched)
        let limit = min(buffer.count, start + SIPLimits.headBytes)
        while at + 3 < limit {
            if buffer[at] == 0x0D, buffer[at + 1] == 0x0A, buffer[at + 2] == 0x0D, buffer[at + 3] == 0x0A {
                return at + 4
            }
            at += 1
        }
        guard bufferedCount < SIPLimits.headBytes else { throw SIPParseError(.tooLarge, at: SIPLimits.headBytes) }
        searched = at
        return nil
    }

    /// The length of the frame whose header section is buffered.
    ///
    /// A message that is wrong otherwise is still cut out,
    /// so that it can be answered; without a usable Content-Length the stream has no next message.
    private mutating func lengthOfFrame(headLength: Int) throws(SIPParseError) -> Int {
        let head = Array(buffer[start..<start + headLength])
        guard index.indexReadableLines(head.span), let length = try index.contentLength(head.span) else {
            throw SIPParseError(.missingHeader, at: headLength, header: .contentLength)
        }
        guard length <= SIPLimits.messageBytes - headLength else {
            throw SIPParseError(.tooLarge, at: headLength, header: .contentLength)
        }
        return headLength + length
    }
}
