import Base

extension SessionDescription {
    /// Reads a description (RFC 4566 §5, §9).
    ///
    /// Lines may end in CRLF or LF alone. Missing `o=`, `s=`, `t=` and `c=` lines are accepted, unknown lines and
    /// attributes are kept. What would change the meaning of media is checked strictly.
    public init(parsing bytes: Span<UInt8>) throws(SDPParseError) {
        var parser = SessionDescriptionParser()
        try parser.parse(bytes)
        self = parser.description
    }

    /// Reads a description from an array.
    public init(parsing bytes: [UInt8]) throws(SDPParseError) {
        try self.init(parsing: bytes.span)
    }

    /// Reads a description from a text.
    public init(parsing text: String) throws(SDPParseError) {
        try self.init(parsing: Array(text.utf8))
    }
}

extension StringProtocol {
    /// The fields between blanks and tabs, cut by bytes: a combining mark after a blank does not hide it.
    func blankSeparated(maximumSplits: Int = .max) -> [Substring] {
        Substring(self).utf8.split(maxSplits: maximumSplits, whereSeparator: \.isBlank).map { Substring($0) }
    }
}

/// Takes one line after the other and puts it where it belongs.
private struct SessionDescriptionParser {
    var description = SessionDescription()
    private var line = 0

    mutating func parse(_ bytes: Span<UInt8>) throws(SDPParseError) {
        guard bytes.count <= SDPLimits.bytes else { throw SDPParseError(.limitExceeded, line: 0) }
        var start = 0
        var hasVersion = false
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
            let next = end + 1
            if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            line += 1
            guard line <= SDPLimits.lines else { throw fail(.limitExceeded) }
            if end > start {
                let content = bytes.extracting(start..<end)
                let (type, value) = try split(content)
                if hasVersion {
                    try take(type, value)
                } else {
                    guard type == UInt8(ascii: "v"), value == "0" else { throw fail(.missingVersion) }
                    hasVersion = true
                }
            }
            start = next
        }
        guard hasVersion else { throw fail(.missingVersion) }
    }

    private func fail(_ kind: SDPParseError.Kind) -> SDPParseError { SDPParseError(kind, line: line) }

    private func split(_ content: Span<UInt8>) throws(SDPParseError) -> (type: UInt8, value: String) {
        guard content.count >= 2, content[1] == UInt8(ascii: "="),
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(content[0].lowercasedASCII)
        else { throw fail(.malformedLine) }
        var end = content.count
        for index in content.indices where content[index] == 0 || content[index] == UInt8(ascii: "\r") {
            throw fail(.forbiddenByte)
        }
        while end > 2, content[end - 1].isBlank { end -= 1 }
        let value = unsafe content.extracting(2..<end).withUnsafeBufferPointer { bytes in
            unsafe String(decoding: bytes, as: UTF8.self)
        }
        return (content[0], value)
    }

    private mutating func take(_ type: UInt8, _ value: String) throws(SDPParseError) {
        switch type {
        case UInt8(ascii: "m"):
            guard description.media.count < SDPLimits.media else { throw fail(.limitExceeded) }
            description.media.append(try mediaLine(value))
        case UInt8(ascii: "a"):
            let attribute = attribute(value)
            modifyCurrentMedia {
                $0.attributes.append(attribute)
            } else: {
                $0.attributes.append(attribute)
            }
        case UInt8(ascii: "c"):
            let fields = value.blankSeparated()
            guard let connection = connection(fields[...]) else { throw fail(.malformedConnection) }
            modifyCurrentMedia {
                $0.connections.append(connection)
            } else: {
                $0.connection = connection
            }
        case UInt8(ascii: "o") where description.media.isEmpty:
            description.origin = try origin(value)
        case UInt8(ascii: "s") where description.media.isEmpty:
            description.sessionName = value.isEmpty ? " " : value
        case UInt8(ascii: "v"):
            throw fail(.malformedLine)
        default:
            let line = SDPLine(type: type, value: value)
            modifyCurrentMedia {
                $0.otherLines.append(line)
            } else: {
                $0.otherLines.append(line)
            }
        }
    }

    private mutating func modifyCurrentMedia(
        _ body: (inout MediaDescription) -> Void,
        else session: (inout SessionDescription) -> Void
    ) {
        if let last = description.media.indices.last {
            body(&description.media[last])
        } else {
            session(&description)
        }
    }

    private func attribute(_ value: String) -> SDPAttribute {
        guard let colon = value.utf8.firstIndex(of: UInt8(ascii: ":")) else { return SDPAttribute(value) }
        return SDPAttribute(String(value[..<colon]), String(value[value.utf8.index(after: colon)...]))
    }

    private func origin(_ value: String) throws(SDPParseError) -> SDPOrigin {
        let fields = value.blankSeparated()
        // The user name must not contain blanks, yet some peers put a display name there: count from the end.
        guard fields.count >= 6, let connection = connection(fields.suffix(3)) else { throw fail(.malformedOrigin) }
        return SDPOrigin(
            username: fields.dropLast(5).joined(separator: "_"),
            sessionID: String(fields[fields.count - 5]),
            sessionVersion: String(fields[fields.count - 4]),
            connection: connection
        )
    }

    private func connection(_ fields: ArraySlice<Substring>) -> SDPConnection? {
        guard fields.count >= 3 else { return nil }
        let address = fields[fields.startIndex + 2].split(
            separator: "/",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard let host = address.first, !host.isEmpty else { return nil }
        return SDPConnection(
            networkType: String(fields[fields.startIndex]),
            addressType: String(fields[fields.startIndex + 1]),
            host: String(host),
            suffix: address.count > 1 ? String(address[1]) : nil
        )
    }

    private func mediaLine(_ value: String) throws(SDPParseError) -> MediaDescription {
        let fields = value.blankSeparated(maximumSplits: SDPLimits.formats + 3)
        guard fields.count <= SDPLimits.formats + 3 else { throw fail(.limitExceeded) }
        guard fields.count >= 3 else { throw fail(.malformedMedia) }
        let ports = fields[1].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let port = UInt16(ports[0]), let count = ports.count > 1 ? UInt16(ports[1]) : 1 else {
            throw fail(.malformedMedia)
        }
        return MediaDescription(
            kind: String(fields[0]),
            port: port,
            portCount: count,
            transport: String(fields[2]),
            formats: fields.dropFirst(3).map(String.init)
        )
    }
}
