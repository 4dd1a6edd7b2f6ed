import Base

/// A POST that is to be sent.
public struct HTTPPost: Sendable {
    /// Where to.
    public var url: HTTPURL
    /// The headers, without those that the client makes itself: Host, Content-Length, Connection and Authorization.
    public var headers: [(name: String, value: String)]
    /// `user:password` for Basic authentication (RFC 7617).
    public var credentials: String?
    /// What is sent.
    public var body: [UInt8]

    /// Makes one.
    public init(
        to url: HTTPURL,
        headers: [(name: String, value: String)] = [],
        credentials: String? = nil,
        body: [UInt8]
    ) {
        (self.url, self.headers, self.credentials, self.body) = (url, headers, credentials, body)
    }

    /// All headers as they are sent.
    var sentHeaders: [(String, String)] {
        var all = [("Host", url.hostHeader)]
        all += headers.map { ($0.name, $0.value) }
        if let credentials { all.append(("Authorization", "Basic " + Base64.encode(credentials.utf8))) }
        all.append(("Content-Length", String(body.count)))
        all.append(("Connection", "close"))
        return all
    }
}
