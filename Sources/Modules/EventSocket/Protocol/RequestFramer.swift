import Base

/// Cuts what a client sends into requests: lines up to an empty one, then a body of `Content-Length` bytes.
///
/// Lines end with LF or CRLF. Bytes go in, requests come out; what is kept is bounded by the limits.
package struct RequestFramer: Sendable {
    /// How much one request may hold.
    package struct Limits: Sendable {
        /// The command line and headers together, in bytes.
        package var headerBytes: Int
        /// How many lines they have.
        package var lines: Int
        /// The body, in bytes.
        package var bodyBytes: Int

        /// Of somebody who has not said who he is: enough for `userauth` and no more.
        package static let stranger = Limits(headerBytes: 4096, lines: 16, bodyBytes: 0)
        /// Of a client that is known.
        package static let client = Limits(headerBytes: 1 << 20, lines: 4096, bodyBytes: 16 << 20)
    }

    /// Why the stream cannot be followed any more.
    package enum Fault: Error, Sendable {
        case headersTooLong
        case bodyTooLong
        case badLength
    }

    private struct Head {
        var request: Request
        var length: Int
    }

    private var buffer: [UInt8] = []
    /// Where the present line begins.
    private var lineStart = 0
    /// How far there is no end of line.
    private var scanned = 0
    private var lines: [String] = []
    private var lineBytes = 0
    private var head: Head?

    /// A framer at the beginning of a connection.
    package init() {}

    /// How many bytes wait to be read.
    package var pendingBytes: Int { buffer.count - lineStart }

    /// Takes what arrived.
    package mutating func append(_ bytes: some Sequence<UInt8>) {
        buffer.append(contentsOf: bytes)
    }

    /// The next whole request; `nil` when more has to arrive first.
    ///
    /// - Throws: Why nothing that follows can be understood; the connection must be closed.
    package mutating func next(within limits: Limits) throws(Fault) -> Request? {
        if head == nil { head = try readHead(limits) }
        guard var found = head else { return nil }
        if found.length > 0 {
            guard found.length <= buffer.count - lineStart else { return nil }
            found.request.body = String(decoding: buffer[lineStart..<(lineStart + found.length)], as: UTF8.self)
            lineStart += found.length
        }
        head = nil
        compact()
        return found.request
    }

    private mutating func readHead(_ limits: Limits) throws(Fault) -> Head? {
        scanned = max(scanned, lineStart)
        while let end = buffer[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
            var line = buffer[lineStart..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            lineStart = end + 1
            scanned = lineStart
            if line.isEmpty {
                // Empty lines before a command mean nothing.
                if !lines.isEmpty { return try makeHead(limits) }
                continue
            }
            lineBytes += line.count + 1
            guard lineBytes <= limits.headerBytes, lines.count < limits.lines else { throw .headersTooLong }
            lines.append(String(decoding: line, as: UTF8.self))
        }
        scanned = buffer.count
        guard buffer.count - lineStart + lineBytes <= limits.headerBytes else { throw .headersTooLong }
        compact()
        return nil
    }

    private mutating func makeHead(_ limits: Limits) throws(Fault) -> Head? {
        defer { (lines, lineBytes) = ([], 0) }
        var request = Request(line: lines.first ?? "")
        var length: Int?
        for line in lines.dropFirst() {
            // What is no header is passed over.
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = String(line[..<colon])
            var value = line[line.utf8.index(after: colon)...]
            while value.utf8.first?.isBlank == true { value = value.dropFirst() }
            request.headers.append((name, String(value)))
            guard name.equalsIgnoringASCIICase("content-length") else { continue }
            guard let number = Self.length(value), length == nil || length == number else { throw .badLength }
            length = number
        }
        guard length ?? 0 <= limits.bodyBytes else { throw .bodyTooLong }
        return Head(request: request, length: length ?? 0)
    }

    /// Digits only: neither a sign nor a sum that wraps round can make a body of another length.
    private static func length(_ text: Substring) -> Int? {
        var text = text
        while text.utf8.last?.isBlank == true { text = text.dropLast() }
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ $0.decimalDigit != nil }) else { return nil }
        return Int(text)
    }

    private mutating func compact() {
        if lineStart == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 65_536)
            (lineStart, scanned) = (0, 0)
        } else if lineStart > 65_536 {
            buffer.removeFirst(lineStart)
            scanned -= min(lineStart, scanned)
            lineStart = 0
        }
    }
}
