import Base

/// What a server has answered.
public struct HTTPAnswer: Sendable {
    /// The status (RFC 9110 §15).
    public let status: Int
    /// The headers in their order.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: [UInt8]

    /// An answer.
    init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// The first header of a name, compared without case.
    public subscript(header: String) -> String? { all(header).first }

    /// All headers of a name, compared without case.
    func all(_ header: String) -> [String] {
        headers.filter { $0.name.equalsIgnoringASCIICase(header) }.map(\.value)
    }
}
