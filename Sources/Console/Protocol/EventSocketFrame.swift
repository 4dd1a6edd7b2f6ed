import Base

/// One message of the event socket: headers, and a body when `Content-Length` says so.
public struct EventSocketFrame: Equatable, Sendable {
    /// A header line.
    public struct Header: Equatable, Sendable {
        /// The name before the colon.
        public var name: String
        /// The value behind it, as it was sent.
        public var value: String

        /// A header line.
        public init(_ name: String, _ value: String) {
            (self.name, self.value) = (name, value)
        }
    }

    /// The headers in order.
    public var headers: [Header]
    /// The text behind the blank line.
    public var body: String

    /// A message.
    public init(headers: [Header] = [], body: String = "") {
        (self.headers, self.body) = (headers, body)
    }

    /// The first header of that name, any case.
    public subscript(_ name: String) -> String? {
        headers.first { $0.name.equalsIgnoringASCIICase(name) }?.value
    }

    /// What kind of message it is (`api/response`).
    public var contentType: String { self["Content-Type"] ?? "" }
}
