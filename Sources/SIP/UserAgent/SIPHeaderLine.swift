/// A header field to be sent: its name and its value.
public struct SIPHeaderLine: Hashable, Sendable {
    /// The name.
    public var name: SIPHeaderName
    /// The value; line ends in it are never sent.
    public var value: String

    /// A header that has a constant.
    public init(_ name: SIPHeaderName, _ value: String) {
        (self.name, self.value) = (name, value)
    }

    /// A header of any name.
    public init(_ name: String, _ value: String) {
        self.init(SIPHeaderName(name), value)
    }
}

/// The body of a message to be sent, with its type.
public struct SIPBody: Hashable, Sendable {
    /// The octets.
    public var bytes: [UInt8]
    /// The value of Content-Type.
    public var contentType: String

    /// A body of octets.
    public init(_ bytes: [UInt8], contentType: String) {
        (self.bytes, self.contentType) = (bytes, contentType)
    }

    /// A session description.
    public static func sdp(_ text: String) -> SIPBody {
        SIPBody(Array(text.utf8), contentType: "application/sdp")
    }
}
