import Base

/// A request that is to be sent.
public struct ClientRequest: Sendable {
    /// What is asked of the server.
    public enum Method: String, Hashable, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        /// Whether something is sent with it.
        public var hasBody: Bool {
            switch self {
            case .get, .head: false
            case .post, .put, .patch, .delete: true
            }
        }
    }

    /// Answers the challenges of a 401: their texts, the method and the target go in, the value of Authorization comes
    /// out, or `nil` when none of them can be answered.
    public typealias Authorizer = @Sendable (_ challenges: [String], _ method: Method, _ target: String) -> String?

    /// What is asked.
    public var method: Method
    /// Where to.
    public var url: HTTPURL
    /// The headers, without those that the client makes itself: Host, Content-Length, Connection, Cookie, Authorization.
    public var headers: [(name: String, value: String)]
    /// `user:password` for Basic authentication (RFC 7617), shown without being asked for.
    public var credentials: String?
    /// What answers the server when it asks who the client is; `nil` when the client does not say.
    public var authorizer: Authorizer?
    /// What is sent; nothing with a GET or a HEAD.
    public var body: [UInt8]
    /// What ``authorizer`` has answered.
    var authorization: String?

    /// A POST.
    public init(
        postTo url: HTTPURL,
        headers: [(name: String, value: String)] = [],
        credentials: String? = nil,
        body: [UInt8]
    ) {
        (method, self.url, self.headers, self.credentials, self.body) = (.post, url, headers, credentials, body)
    }

    /// A GET.
    public init(get url: HTTPURL, headers: [(name: String, value: String)] = [], credentials: String? = nil) {
        (method, self.url, self.headers, self.credentials, body) = (.get, url, headers, credentials, [])
    }

    /// A request of any method; only where the method has a body, one is sent.
    public init(
        _ method: Method,
        _ url: HTTPURL,
        headers: [(name: String, value: String)] = [],
        credentials: String? = nil,
        body: [UInt8] = []
    ) {
        (self.method, self.url, self.headers, self.credentials) = (method, url, headers, credentials)
        self.body = method.hasBody ? body : []
    }

    /// Headers that say who the client is.
    private static let identifyingHeaders = ["Authorization", "Cookie"]

    /// Whether the server learns who the client is.
    var isKnown: Bool {
        credentials != nil || authorizer != nil
            || headers.contains { header in
                Self.identifyingHeaders.contains { $0.equalsIgnoringASCIICase(header.name) }
            }
    }

    /// All headers as they are sent.
    ///
    /// - Parameters:
    ///   - cookies: The value of Cookie.
    ///   - staysOpen: Whether another request may follow on the connection.
    func sentHeaders(cookies: String? = nil, staysOpen: Bool = false) -> [(String, String)] {
        var all = [("Host", url.hostHeader)]
        all += headers.map { ($0.name, $0.value) }
        if let authorization {
            all.append(("Authorization", authorization))
        } else if let credentials {
            all.append(("Authorization", "Basic " + Base64.encode(credentials.utf8)))
        }
        if let cookies { all.append(("Cookie", cookies)) }
        if method.hasBody { all.append(("Content-Length", String(body.count))) }
        if !staysOpen { all.append(("Connection", "close")) }
        return all
    }
}
