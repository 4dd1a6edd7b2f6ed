/// Walks over `;name=value` of a header field without making text of it.
struct ParameterCursor {
    struct Parameter {
        var name: Range<Int>
        /// The value, without the quotes of a quoted string.
        var value: Range<Int>?
        var isQuoted = false
    }

    private var at: Int
    private let end: Int
    private var count = 0
    /// Whether what was walked over so far follows the grammar.
    private(set) var isValid = true

    init(_ range: Range<Int>) {
        (at, end) = (range.lowerBound, range.upperBound)
    }

    /// The next parameter; `nil` at the end, or when ``isValid`` has become false.
    mutating func next(_ bytes: Span<UInt8>) -> Parameter? {
        guard isValid else { return nil }
        at = bytes.skippingLWS(from: at, to: end)
        guard at < end else { return nil }
        isValid = false
        count += 1
        guard bytes[at] == UInt8(ascii: ";"), count <= SIPLimits.parameters else { return nil }
        let start = bytes.skippingLWS(from: at + 1, to: end)
        at = bytes.skipping(.token, from: start, to: end)
        guard at > start else { return nil }
        var parameter = Parameter(name: start..<at)
        at = bytes.skippingLWS(from: at, to: end)
        if at < end, bytes[at] == UInt8(ascii: "=") {
            let value = bytes.skippingLWS(from: at + 1, to: end)
            guard value < end else { return nil }
            if bytes[value] == UInt8(ascii: "\"") {
                guard let behind = bytes.skippingQuoted(from: value, to: end) else { return nil }
                parameter.value = value + 1..<behind - 1
                parameter.isQuoted = true
                at = behind
            } else {
                at = value
                while at < end, bytes[at].isBareValue { at += 1 }
                guard at > value else { return nil }
                parameter.value = value..<at
            }
            at = bytes.skippingLWS(from: at, to: end)
        }
        guard at == end || bytes[at] == UInt8(ascii: ";") else { return nil }
        isValid = true
        return parameter
    }
}

extension SIPParameters {
    /// The parameters in a range that a scan has found valid.
    init(header bytes: Span<UInt8>, _ range: Range<Int>) {
        var cursor = ParameterCursor(range)
        var entries: [SIPParameter] = []
        while let parameter = cursor.next(bytes) {
            let value = parameter.value.map {
                parameter.isQuoted ? String(unquoting: bytes, $0) : String(bytes, $0)
            }
            entries.append(SIPParameter(String(bytes, parameter.name), value))
        }
        self.init(entries)
    }
}
