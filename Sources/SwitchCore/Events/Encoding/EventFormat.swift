/// How an event is written for clients.
public enum EventFormat: String, Sendable, CaseIterable {
    /// `Name: value` lines with percent-encoded values.
    case plain
    /// One JSON object.
    case json
    /// An `<event>` element.
    case xml

    /// The event in this form, without any framing around it.
    public func encode(_ event: Event) -> [UInt8] {
        switch self {
        case .plain: PlainEventEncoding.encode(event)
        case .json: JSONEventEncoding.encode(event)
        case .xml: XMLEventEncoding.encode(event)
        }
    }
}

extension Event {
    /// How many bytes the texts of the event have, for the bound of an encoding.
    var textBytes: Int {
        headers.reduce(body?.utf8.count ?? 0) { sum, header in
            sum + header.prefix.utf8.count + header.ownName.utf8.count + header.value.utf8.count
        }
    }
}

extension OutputSpan<UInt8> {
    /// Adds text as UTF-8.
    mutating func append(text: String) {
        let bytes = text.utf8.span
        for index in bytes.indices { append(bytes[index]) }
    }

    /// Adds a byte as `%XX`.
    mutating func append(percentEncoded byte: UInt8) {
        append(UInt8(ascii: "%"))
        append(Self.hexDigit(byte >> 4, from: UInt8(ascii: "A")))
        append(Self.hexDigit(byte & 15, from: UInt8(ascii: "A")))
    }

    /// The digit of a value below 16; those above 9 begin with the given letter.
    static func hexDigit(_ value: UInt8, from letter: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : letter + (value - 10)
    }
}
