import Base

/// Where a memcached server is.
public struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The port that is meant where none is named.
    public static let usualPort = 11_211
    /// How many servers a list may have.
    public static let countLimit = 64

    /// A name or an address, without brackets.
    public let host: String
    /// The port.
    public let port: Int
    /// How many keys it gets, in relation to others.
    public let weight: Int

    /// A server.
    public init(host: String, port: Int = usualPort, weight: Int = 1) {
        (self.host, self.port, self.weight) = (host, port, weight)
    }

    /// Reads `host`, `host:port`, `[address]:port`, each with `/?weight` after it or not.
    public init?(_ text: some StringProtocol) {
        var rest = String(text)
        var weight = 1
        if let mark = rest.firstRange(of: "/?") {
            guard let number = Int(rest[mark.upperBound...]), (1...1000).contains(number) else { return nil }
            weight = number
            rest = String(rest[..<mark.lowerBound])
        }
        var host = rest
        var port = Self.usualPort
        if let colon = rest.lastIndex(of: ":"), rest[colon...].firstIndex(of: "]") == nil,
            rest.hasPrefix("[") || rest.firstIndex(of: ":") == colon
        {
            guard let number = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(number) else { return nil }
            port = number
            host = String(rest[..<colon])
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty, host.isVisibleASCII else { return nil }
        self.init(host: host, port: port, weight: weight)
    }

    /// The servers of a list `host,host:port`; `nil` when one of them is none, or there are none or too many.
    public static func list(_ text: String) -> [ServerAddress]? {
        let parts = text.split(separator: ",").map(\.trimmingBlanks).filter { !$0.isEmpty }
        let servers = parts.compactMap { ServerAddress($0) }
        return servers.isEmpty || servers.count != parts.count || parts.count > countLimit ? nil : servers
    }

    /// `host:port`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
