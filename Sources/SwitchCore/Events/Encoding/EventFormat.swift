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

extension [UInt8] {
    /// Adds text as UTF-8.
    mutating func append(text: String) {
        append(contentsOf: text.utf8)
    }

    /// Adds a number in decimal.
    mutating func append(number: Int) {
        append(text: String(number))
    }
}
