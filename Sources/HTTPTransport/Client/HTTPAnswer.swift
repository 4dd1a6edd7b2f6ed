import Base

/// What a server has answered.
public struct HTTPAnswer: Sendable {
    /// The version of HTTP that it is written in: `HTTP/1.1`.
    public let version: String
    /// The status (RFC 9110 §15).
    public let status: Int
    /// What the status line calls it (RFC 9112 §4), which means nothing: `Not Found`.
    public let phrase: String
    /// The headers in their order.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: [UInt8]

    /// An answer.
    init(
        status: Int,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        version: String = "HTTP/1.1",
        phrase: String = ""
    ) {
        (self.status, self.headers, self.body) = (status, headers, body)
        (self.version, self.phrase) = (version, phrase)
    }

    /// The first header of a name, compared without case.
    public subscript(header: String) -> String? { all(header).first }

    /// All headers of a name, compared without case.
    func all(_ header: String) -> [String] {
        headers.filter { $0.name.equalsIgnoringASCIICase(header) }.map(\.value)
    }
}
