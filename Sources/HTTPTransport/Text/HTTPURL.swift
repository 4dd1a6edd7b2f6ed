import Base

/// An `http` or `https` URL (RFC 9110 §4.2), as far as a client needs to know it.
public struct HTTPURL: Hashable, Sendable {
    /// Whether it is `https`.
    public let isEncrypted: Bool
    /// The name or the address, this without brackets.
    public let host: String
    /// The port, the usual one where the text has none.
    public let port: Int
    /// The path and query, beginning with a slash.
    public let target: String

    /// How long a URL may be, in bytes: as long as servers have to understand (RFC 9110 §4.1).
    public static let lengthLimit = 8000

    /// Why a text is no such URL.
    public enum Fault: Error, CustomStringConvertible {
        /// Another scheme, no host, a port out of range, a user name, or characters that no URL has.
        case malformed
        /// More than ``HTTPURL/lengthLimit``.
        case tooLong

        /// What was expected.
        public var description: String {
            switch self {
            case .malformed: "expected http[s]://host[:port][/path]"
            case .tooLong: "longer than \(lengthLimit) bytes"
            }
        }
    }

    private static let schemes = [(text: "http://", isEncrypted: false), (text: "https://", isEncrypted: true)]

    /// Reads an absolute URL.
    public init(_ text: String) throws(Fault) {
        guard text.utf8.count <= Self.lengthLimit else { throw .tooLong }
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }),
            let scheme = Self.schemes.first(where: { $0.text.equalsIgnoringASCIICase(text.prefix($0.text.count)) })
        else { throw .malformed }
        isEncrypted = scheme.isEncrypted
        let rest = text.dropFirst(scheme.text.count)
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        // Names are ASCII (RFC 3986 §3.2.2); others join with what follows, as a slash that is no character by itself then.
        guard !authority.contains("@"), authority.utf8.allSatisfy({ $0 < 0x80 }) else { throw .malformed }
        (host, port) = try Self.split(authority, usualPort: Self.usualPort(scheme.isEncrypted))
        let path = rest[end...].prefix { $0 != "#" }
        target = path.hasPrefix("/") ? String(path) : "/" + path
    }

    /// A URL without the name and password that operators may have written into it (RFC 3986 §3.2.1), and those, decoded.
    public static func separatingUserInfo(_ text: String) -> (url: String, userInfo: String?) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return (text, nil) }
        let start = text.index(colon, offsetBy: 3)
        let authority = text[start...].prefix { !"/?#".contains($0) }
        guard let end = authority.lastIndex(of: "@") else { return (text, nil) }
        let rest = text[text.index(after: end)...]
        return (String(text[..<start] + rest), PercentEncoding.decode(String(authority[..<end])))
    }

    /// Reads a reference, which leaves out what it has in common with the URL where it was found (RFC 3986 §5.2).
    ///
    /// `.` and `..` stay in it, for the server to understand.
    public init(_ reference: String, relativeTo base: HTTPURL) throws(Fault) {
        if reference.hasPrefix("//") {
            try self.init((base.isEncrypted ? "https:" : "http:") + reference)
        } else if reference.prefix(while: { !"/?#".contains($0) }).contains(":") {
            try self.init(reference)
        } else {
            try self.init(base.origin + base.kept(of: reference) + reference)
        }
    }

    /// How much of the own path and query is the beginning of what a reference leads to.
    private func kept(of reference: String) -> Substring {
        let path = target.prefix { $0 != "?" }
        return switch reference.first {
        case "/"?: ""
        case "?"?: path
        case "#"?, nil: target[...]
        default: path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        }
    }

    private static func usualPort(_ isEncrypted: Bool) -> Int { isEncrypted ? 443 : 80 }

    private static func split(_ authority: Substring, usualPort: Int) throws(Fault) -> (String, Int) {
        var host = authority
        var port = usualPort
        let hostEnd = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority.lastIndex(of: ":"), colon >= hostEnd {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
                throw .malformed
            }
            port = number
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains(where: { "[]".contains($0) }) else { throw .malformed }
        return (String(host), port)
    }

    /// The scheme, the host and the port.
    public var origin: String { (isEncrypted ? "https://" : "http://") + hostHeader }

    /// What goes into the Host header.
    public var hostHeader: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == Self.usualPort(isEncrypted) ? name : "\(name):\(port)"
    }

    /// The URL with another field at the end of its query.
    public func adding(_ name: String, _ value: String) -> HTTPURL {
        adding(query: PercentEncoding.encode(name) + "=" + PercentEncoding.encode(value))
    }

    /// The URL with more at the end of its query, which is encoded already.
    public func adding(query: String) -> HTTPURL {
        HTTPURL(self, target: target + (target.contains("?") ? "&" : "?") + query)
    }

    private init(_ url: HTTPURL, target: String) {
        (isEncrypted, host, port, self.target) = (url.isEncrypted, url.host, url.port, target)
    }
}
