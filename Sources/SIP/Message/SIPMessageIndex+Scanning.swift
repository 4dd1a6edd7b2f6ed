import Base

private let carriageReturn: UInt8 = 0x0D
private let lineFeed: UInt8 = 0x0A

extension SIPMessageIndex {
    /// Indexes one whole message.
    ///
    /// - Throws: what is wrong with its framing.
    public mutating func index(_ bytes: Span<UInt8>) throws(SIPParseError) {
        removeAll()
        guard bytes.count <= SIPLimits.messageBytes else { throw SIPParseError(.tooLarge, at: SIPLimits.messageBytes) }
        try indexStartLine(bytes)
        let headEnd = try indexHeaderLines(bytes)
        try findBody(bytes, from: headEnd)
    }

    /// Indexes what can be read of a message that may be wrong: its header lines up to the first that is none.
    ///
    /// - Returns: whether there is a first line with an end.
    mutating func indexReadableLines(_ bytes: Span<UInt8>) -> Bool {
        removeAll()
        do { try indexStartLine(bytes) } catch { guard headersStart > 0 else { return false } }
        do { _ = try indexHeaderLines(bytes) } catch { return true }
        return true
    }

    /// An error that a request is answered with, unless it is an ACK.
    func failure(
        _ kind: SIPParseError.Kind,
        at offset: Int,
        _ header: SIPHeaderName? = nil,
        in bytes: Span<UInt8>,
        status: Int = 400
    ) -> SIPParseError {
        let isAnswerable = isRequest && !bytes.equals(methodName, folded: "ack")
        return SIPParseError(kind, at: offset, header: header, status: isAnswerable ? status : nil)
    }

    /// Indexes the first line and leaves ``headersStart`` behind it, even where the line is wrong but has an end.
    private mutating func indexStartLine(_ bytes: Span<UInt8>) throws(SIPParseError) {
        var start = 0
        while start + 1 < bytes.count, bytes[start] == carriageReturn, bytes[start + 1] == lineFeed,
            start / 2 < SIPLimits.leadingLineEnds
        { start += 2 }
        guard start < bytes.count else { throw SIPParseError(.empty, at: start) }
        var end = start
        while end < bytes.count, bytes[end] != carriageReturn, bytes[end] != lineFeed { end += 1 }
        guard end + 1 < bytes.count else { throw SIPParseError(.truncated, at: end) }
        guard bytes[end] == carriageReturn, bytes[end + 1] == lineFeed else {
            throw SIPParseError(.malformedStartLine, at: end)
        }
        headersStart = end + 2
        let wordEnd = bytes.skipping(.token, from: start, to: end)
        if wordEnd < end, bytes[wordEnd] == UInt8(ascii: "/"), bytes.equals(start..<wordEnd, folded: "sip") {
            try indexStatusLine(bytes, start..<end)
        } else {
            try indexRequestLine(bytes, start..<end, methodEnd: wordEnd)
        }
    }

    private mutating func indexStatusLine(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(SIPParseError) {
        var at = line.lowerBound
        while at < line.upperBound, bytes[at] != 0x20 { at += 1 }
        guard bytes.equals(line.lowerBound..<at, folded: "sip/2.0") else {
            throw SIPParseError(.unsupportedVersion, at: line.lowerBound)
        }
        let codeEnd = at + 4
        guard codeEnd <= line.upperBound, let code = bytes.decimal(at + 1..<codeEnd), (100...699).contains(code),
            codeEnd == line.upperBound || bytes[codeEnd] == 0x20
        else { throw SIPParseError(.malformedStartLine, at: at) }
        status = UInt16(truncatingIfNeeded: code)
        startLineText = min(codeEnd + 1, line.upperBound)..<line.upperBound
    }

    private mutating func indexRequestLine(
        _ bytes: Span<UInt8>,
        _ line: Range<Int>,
        methodEnd: Int
    ) throws(SIPParseError) {
        isRequest = true
        methodName = line.lowerBound..<methodEnd
        guard methodEnd > line.lowerBound, methodEnd < line.upperBound, bytes[methodEnd] == 0x20 else {
            isRequest = false
            throw SIPParseError(.malformedStartLine, at: methodEnd)
        }
        var uriEnd = methodEnd + 1
        while uriEnd < line.upperBound, !bytes[uriEnd].isBlank { uriEnd += 1 }
        startLineText = methodEnd + 1..<uriEnd
        guard !startLineText.isEmpty, uriEnd < line.upperBound, bytes[uriEnd] == 0x20 else {
            throw failure(.malformedStartLine, at: uriEnd, in: bytes)
        }
        let version = uriEnd + 1..<line.upperBound
        guard !bytes.equals(version, folded: "sip/2.0") else { return }
        // SIP/7.0 is another version; anything that is not of this form is not a Request-Line.
        let slash = version.lowerBound + 3
        guard version.count >= 7, bytes.equals(version.lowerBound..<slash + 1, folded: "sip/"),
            bytes.skipping(.versionNumber, from: slash + 1, to: version.upperBound) == version.upperBound
        else { throw failure(.malformedStartLine, at: version.lowerBound, in: bytes) }
        throw failure(.unsupportedVersion, at: version.lowerBound, in: bytes, status: 505)
    }

    /// Indexes the header lines from ``headersStart`` on and gives the position behind the empty line.
    mutating func indexHeaderLines(_ bytes: Span<UInt8>) throws(SIPParseError) -> Int {
        let names = HeaderNameLookup.shared
        let tokens = ByteSet.token
        let end = min(bytes.count, SIPLimits.headBytes)
        var at = headersStart
        while at < end, bytes[at] != carriageReturn {
            let nameStart = at
            var key = PackedText()
            while at < end, tokens.contains(bytes[at]) {
                key.append(bytes[at].lowercasedASCII)
                at &+= 1
            }
            let name = nameStart..<at
            while at < end, bytes[at].isBlank { at &+= 1 }
            guard !name.isEmpty, name.count <= SIPLimits.headerNameBytes, at < end, bytes[at] == UInt8(ascii: ":")
            else { throw failure(.malformedHeaderLine, at: nameStart, in: bytes) }
            guard entries.count < SIPLimits.headerLines else { throw failure(.tooMany, at: nameStart, in: bytes) }
            let valueStart = at + 1
            guard let valueEnd = Self.endOfValue(bytes, from: valueStart, to: end) else {
                throw failure(bytes.count > end ? .tooLarge : .truncated, at: valueStart, in: bytes)
            }
            guard valueEnd + 1 < end, bytes[valueEnd] == carriageReturn, bytes[valueEnd + 1] == lineFeed else {
                throw failure(.malformedHeaderLine, at: valueEnd, in: bytes)
            }
            append(Entry(id: names.id(of: key), name: name, value: bytes.trimmingLWS(valueStart..<valueEnd)))
            at = valueEnd + 2
        }
        guard at + 1 < bytes.count, at < end else {
            throw failure(bytes.count > SIPLimits.headBytes ? .tooLarge : .truncated, at: at, in: bytes)
        }
        guard bytes[at + 1] == lineFeed else { throw failure(.malformedHeaderLine, at: at, in: bytes) }
        return at + 2
    }

    /// The line end that closes a value: the first that no blank follows (RFC 3261 §7.3.1), or a stray CR or LF.
    private static func endOfValue(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        var at = start
        while true {
            while at < end, bytes[at] != carriageReturn, bytes[at] != lineFeed { at &+= 1 }
            guard at &+ 2 < end else { return nil }
            let isFold = bytes[at] == carriageReturn && bytes[at &+ 1] == lineFeed && bytes[at &+ 2].isBlank
            guard isFold else { return at }
            at &+= 3
        }
    }

    /// The body has Content-Length octets, or without it all that are there; more octets are ignored (RFC 3261 §18.3).
    private mutating func findBody(_ bytes: Span<UInt8>, from start: Int) throws(SIPParseError) {
        guard let length = try contentLength(bytes) else {
            body = start..<bytes.count
            return
        }
        guard length <= bytes.count - start else { throw failure(.truncated, at: start, .contentLength, in: bytes) }
        body = start..<start + length
    }

    /// The value of Content-Length; `nil` when it is not there.
    func contentLength(_ bytes: Span<UInt8>) throws(SIPParseError) -> Int? {
        guard let value = hotValue(.contentLength) else { return nil }
        guard !isRepeated(.contentLength) else {
            throw failure(.repeatedHeader, at: value.lowerBound, .contentLength, in: bytes)
        }
        guard let length = bytes.decimal(value) else {
            throw failure(.malformedValue, at: value.lowerBound, .contentLength, in: bytes)
        }
        return length
    }
}
