import Base

/// Something that happened, with its headers in order.
///
/// Values are plain text here; the event socket encodes them as its clients expect.
public struct Event: Sendable {
    /// One header.
    public struct Header: Sendable {
        /// What the name begins with; a channel's hundred headers share a few of these instead of each having a name
        /// made for it.
        let prefix: String
        let ownName: String
        /// The value.
        public let value: String

        /// The whole name.
        public var name: String { prefix.isEmpty ? ownName : prefix + ownName }

        fileprivate func isNamed(_ name: String) -> Bool {
            if prefix.isEmpty { return ownName.equalsIgnoringASCIICase(name) }
            let bytes = name.utf8
            guard bytes.count == prefix.utf8.count + ownName.utf8.count else { return false }
            let middle = bytes.index(bytes.startIndex, offsetBy: prefix.utf8.count)
            return prefix.equalsIgnoringASCIICase(name[..<middle]) && ownName.equalsIgnoringASCIICase(name[middle...])
        }
    }

    /// What kind of event it is.
    public var name: EventName
    /// The subclass of a `CUSTOM` event (`sofia::register`).
    public var subclass: String?
    /// The headers in the order in which they were added.
    public private(set) var headers: [Header] = []
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
        headers.append(Header(prefix: "", ownName: name, value: value))
    }

    /// Adds a header whose name is made of two parts.
    mutating func add(_ prefix: String, _ name: String, _ value: String) {
        headers.append(Header(prefix: prefix, ownName: name, value: value))
    }

    /// Takes out the headers of that name, any case.
    public mutating func remove(_ name: String) {
        headers.removeAll { $0.isNamed(name) }
    }

    /// Adds a header in the place of those of that name; it stands after the others.
    public mutating func set(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// The first header of that name, any case.
    public subscript(_ name: String) -> String? {
        headers.first { $0.isNamed(name) }?.value
    }
}
