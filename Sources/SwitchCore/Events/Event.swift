import Base

/// Something that happened, with its headers in order.
///
/// Values are plain text here; the event socket encodes them as its clients expect.
public struct Event: Sendable {
    /// What kind of event it is.
    public var name: EventName
    /// The subclass of a `CUSTOM` event (`sofia::register`).
    public var subclass: String?
    /// The headers in the order in which they were added.
    public private(set) var headers: [(name: String, value: String)] = []
    /// The text after the headers.
    public var body: String?

    /// An event without headers.
    public init(_ name: EventName, subclass: String? = nil) {
        (self.name, self.subclass) = (name, subclass)
    }

    /// Makes room for so many headers more.
    mutating func reserve(_ count: Int) {
        headers.reserveCapacity(headers.count + count)
    }

    /// Adds a header after the others.
    public mutating func add(_ name: String, _ value: String) {
        headers.append((name, value))
    }

    /// The first header of that name, any case.
    public subscript(_ name: String) -> String? {
        headers.first { $0.name.equalsIgnoringASCIICase(name) }?.value
    }
}
