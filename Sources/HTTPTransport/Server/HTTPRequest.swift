public import Base

/// A request that a server has taken in whole.
public struct HTTPRequest: Sendable {
    /// `GET`, `POST`.
    public let method: String
    /// The path, without what follows it.
    public let path: String
    /// What follows the path, without its question mark.
    public let query: String
    /// The headers in their order.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: [UInt8]
    /// Who sent it.
    public let remote: IPAddress?

    /// A request for a target, which has the path and the query.
    public init(
        _ method: String,
        _ target: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        from remote: IPAddress? = nil
    ) {
        (self.method, self.headers, self.body, self.remote) = (method, headers, body, remote)
        (path, query) = Self.split(target)
    }

    /// The first header of a name, compared without case.
    public subscript(header: String) -> String? {
        headers.first { $0.name.equalsIgnoringASCIICase(header) }?.value
    }

    /// The path and the query; without the authority that a proxy's form begins with (RFC 9112 §3.2.2).
    static func split(_ target: String) -> (path: String, query: String) {
        let whole = target.prefix { $0 != "#" }
        var path = whole.prefix { $0 != "?" }
        let query = whole[path.endIndex...].dropFirst()
        if let scheme = path.firstRange(of: "://") {
            path = path[scheme.upperBound...].drop { $0 != "/" }
        }
        return (path.isEmpty ? "/" : String(path), String(query))
    }
}
