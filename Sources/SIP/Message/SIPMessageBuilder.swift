public import Base

/// Writes a message straight into a buffer, with its index beside it, so that nothing is parsed again.
///
/// Header names that are not tokens are refused and line ends in values become spaces: no value can add a header.
public struct SIPMessageBuilder: Sendable {
    private var bytes: [UInt8] = []
    private var index = SIPMessageIndex(reservingLines: 24)
    private let method: SIPMethod
    private var body: [UInt8] = []

    /// A request without headers; headers of the URI are left out of the Request-Line (RFC 3261 §19.1.5).
    public init(request method: SIPMethod, uri: SIPURI) {
        self.method = method
        bytes.reserveCapacity(1_024)
        var uri = uri
        uri.headers = []
        index.isRequest = true
        bytes.append(contentsOf: method.name.utf8.lazy.filter(ByteSet.token.contains))
        index.methodName = 0..<bytes.count
        bytes.append(0x20)
        let start = bytes.count
        uri.write(to: &bytes)
        index.startLineText = start..<bytes.count
        bytes.append(contentsOf: " SIP/2.0\r\n".utf8)
        index.headersStart = bytes.count
    }

    /// A response with the Via, From, To, Call-ID, CSeq and, where it can begin a dialog, Record-Route of the request.
    ///
    /// RFC 3261 §8.2.6. `toTag` is added to a To that has none. `source` is where the request came from: it goes into
    /// the topmost Via as ``Via/note(source:)`` says.
    public init(
        response status: Int,
        reason: String? = nil,
        to request: SIPMessage,
        toTag: String?,
        source: IPEndpoint? = nil
    ) {
        method = request.method
        bytes.reserveCapacity(1_024)
        let status = min(max(status, 100), 699)
        index.status = UInt16(truncatingIfNeeded: status)
        bytes.append(contentsOf: "SIP/2.0 \(status) ".utf8)
        let start = bytes.count
        writeSafely(reason ?? SIPReasonPhrase.text(for: status))
        index.startLineText = start..<bytes.count
        endLine()
        index.headersStart = bytes.count
        copyVias(of: request, source: source)
        copy(.from, from: request)
        if let toTag, request.toTag == nil, let value = request.storage.index.hotValue(.to) {
            let tag = SIPParameters([SIPParameter("tag", toTag)])
            addLine(.to, name: "To") { builder in
                builder.writeSafely(request.storage.bytes, value)
                tag.writeHeaderForm(to: &builder.bytes)
            }
        } else {
            copy(.to, from: request)
        }
        copy(.callID, from: request)
        copy(.cseq, from: request)
        if status == 100 { copy(.timestamp, from: request) }
        if (101...299).contains(status) { copy(.recordRoute, from: request) }
    }

    /// The headers and the body of a message, but for those of the given names, under the same start line.
    public init(copying message: SIPMessage, without excluded: [SIPHeaderName] = []) {
        method = message.method
        let source = message.storage.index
        bytes.reserveCapacity(message.count + 256)
        let lead = source.isRequest ? source.methodName.lowerBound : 0
        bytes.append(contentsOf: message.storage.bytes[lead..<max(source.headersStart, lead)])
        (index.isRequest, index.status) = (source.isRequest, source.status)
        index.headersStart = bytes.count
        index.methodName = Self.shift(source.methodName, by: lead)
        index.startLineText = Self.shift(source.startLineText, by: lead)
        for entry in source.entries where !excluded.contains(where: { message.matches(entry, $0) }) {
            copyLine(entry, of: message)
        }
        body = message.body
    }

    /// Adds a header line at the end; the value may be a comma list.
    ///
    /// A Content-Length is ignored: it is for ``build()`` to write.
    public mutating func add(_ name: SIPHeaderName, _ value: String) {
        addLine(name.id, name: name.name) { $0.writeSafely(value) }
    }

    /// Adds a header line under a name that may have no constant; ignored unless the name is a token.
    public mutating func add(name: String, value: String) {
        addLine(SIPHeaderName(name).id, name: name) { $0.writeSafely(value) }
    }

    /// Adds an address as a header line.
    public mutating func add(_ name: SIPHeaderName, _ address: NameAddress) {
        addLine(name.id, name: name.name) { address.write(to: &$0.bytes) }
    }

    /// Adds a Via line below those that are there.
    public mutating func add(_ via: Via) {
        addLine(.via, name: "Via") { via.write(to: &$0.bytes) }
    }

    /// Adds the CSeq with the method of the request.
    public mutating func add(cseq number: UInt32) {
        add(.cseq, "\(number) \(method.name)")
    }

    /// Puts a header line before all others: a Via on top, a Route before the routes.
    public mutating func prepend(_ name: SIPHeaderName, _ value: String) {
        var line = SIPMessageBuilder(lineFor: method)
        line.add(name, value)
        guard let entry = line.index.entries.first else { return }
        var placed = entry
        placed.move(by: index.headersStart)
        bytes.insert(contentsOf: line.bytes, at: index.headersStart)
        index.prepend(placed, movingOthersBy: line.bytes.count)
    }

    /// Copies all lines of a header from a message as they are.
    public mutating func copy(_ name: SIPHeaderName, from message: SIPMessage) {
        let source = message.storage.index
        for entry in source.entries where message.matches(entry, name) { copyLine(entry, of: message) }
    }

    /// Whether a header line of that name is there.
    public func contains(_ name: SIPHeaderName) -> Bool {
        index.firstPosition(of: name, in: bytes.span) != nil
    }

    /// Sets the body in place of one that is there; Content-Length follows from it.
    public mutating func setBody(_ bytes: [UInt8], contentType: String) {
        body = bytes
        remove(.contentType)
        add(.contentType, contentType)
    }

    /// Takes away all lines of a header.
    public mutating func remove(_ name: SIPHeaderName) {
        guard contains(name) else { return }
        let old = self
        bytes.removeSubrange(index.headersStart...)
        index.removeLines()
        for entry in old.index.entries where !old.index.matches(entry, name, in: old.bytes.span) {
            addLine(entry.id, name: String(old.bytes.span, entry.name)) { $0.writeSafely(old.bytes, entry.value) }
        }
    }

    /// The finished message; computes Content-Length.
    public consuming func build() -> SIPMessage {
        let length = body.count
        addLine(.contentLength, name: "Content-Length", isOurs: true) { $0.bytes.append(contentsOf: "\(length)".utf8) }
        endLine()
        index.body = bytes.count..<bytes.count + length
        bytes.append(contentsOf: body)
        return SIPMessage(storage: SIPMessage.Storage(bytes: bytes, index: index, method: method))
    }
}

extension SIPMessageBuilder {
    /// A buffer for one line without a start line.
    private init(lineFor method: SIPMethod) {
        self.method = method
    }

    private static func shift(_ range: Range<Int>, by lead: Int) -> Range<Int> {
        max(range.lowerBound - lead, 0)..<max(range.upperBound - lead, 0)
    }

    private mutating func addLine(
        _ id: SIPHeaderName.ID,
        name: String,
        isOurs: Bool = false,
        write: (inout SIPMessageBuilder) -> Void
    ) {
        guard !name.isEmpty, name.utf8.count <= SIPLimits.headerNameBytes,
            name.utf8.allSatisfy(ByteSet.token.contains), id != .contentLength || isOurs
        else { return }
        let nameStart = bytes.count
        bytes.append(contentsOf: name.utf8)
        let nameEnd = bytes.count
        bytes.append(UInt8(ascii: ":"))
        bytes.append(0x20)
        let valueStart = bytes.count
        write(&self)
        index.append(
            SIPMessageIndex.Entry(
                id: id,
                name: nameStart..<nameEnd,
                value: bytes.span.trimmingLWS(valueStart..<bytes.count)
            )
        )
        endLine()
    }

    private mutating func copyLine(_ entry: SIPMessageIndex.Entry, of message: SIPMessage) {
        let name = entry.id == .other ? message.text(entry.name) : SIPHeaderName(entry.id).name
        addLine(entry.id, name: name) { $0.writeSafely(message.storage.bytes, entry.value) }
    }

    private mutating func copyVias(of request: SIPMessage, source: IPEndpoint?) {
        guard let source else {
            copy(.via, from: request)
            return
        }
        for (position, range) in request.ranges(of: .via).enumerated() {
            if position == 0 {
                var via = request.topVia
                via.note(source: source)
                add(via)
            } else {
                addLine(.via, name: "Via") { $0.writeSafely(request.storage.bytes, range) }
            }
        }
    }

    private mutating func endLine() {
        bytes.append(0x0D)
        bytes.append(0x0A)
    }

    /// Writes a value; CR, LF and NUL become spaces, so that nothing ends the line before its time.
    private mutating func writeSafely(_ text: String) {
        for byte in text.utf8 { bytes.append(byte == 0x0D || byte == 0x0A || byte == 0 ? 0x20 : byte) }
    }

    /// Writes a received value; each fold becomes one space.
    private mutating func writeSafely(_ source: [UInt8], _ range: Range<Int>) {
        var at = range.lowerBound
        while at < range.upperBound {
            if source[at] == 0x0D || source[at] == 0x0A {
                bytes.append(0x20)
                at = source.span.skippingLWS(from: at, to: range.upperBound)
            } else {
                bytes.append(source[at])
                at += 1
            }
        }
    }
}
