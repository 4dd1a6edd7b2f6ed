import Base

/// The address of a collector: an `http` URL (RFC 9110 §4.2.1).
struct CollectorURL: Hashable, Sendable {
    let host: String
    let port: Int
    /// The path and query, beginning with a slash.
    let target: String

    /// Why a text is no URL that records can be sent to.
    enum Fault: Error, CustomStringConvertible {
        case encrypted
        case malformed

        var description: String {
            switch self {
            case .encrypted: "https is not in this version: use http to a collector or proxy on a trusted network"
            case .malformed: "expected http://host[:port][/path]"
            }
        }
    }

    init(_ text: String) throws(Fault) {
        let lowercase = text.lowercased()
        if lowercase.hasPrefix("https://") { throw .encrypted }
        let scheme = "http://"
        guard lowercase.hasPrefix(scheme), !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw .malformed
        }
        let rest = text.dropFirst(scheme.count)
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@") else { throw .malformed }
        (host, port) = try Self.split(authority)
        let path = rest[end...].prefix { $0 != "#" }
        target = path.hasPrefix("/") ? String(path) : "/" + path
    }

    private static func split(_ authority: Substring) throws(Fault) -> (String, Int) {
        var host = authority
        var port = 80
        let hostEnd = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority.lastIndex(of: ":"), colon >= hostEnd {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
                throw .malformed
            }
            port = number
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw .malformed }
        return (String(host), port)
    }

    /// The target with the record's name in the query: `/cdr?uuid=a_…`.
    func target(for name: String) -> String {
        target + (target.contains("?") ? "&" : "?") + "uuid=" + PercentEncoding.encode(name)
    }

    /// What goes into the Host header.
    var hostHeader: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == 80 ? name : "\(name):\(port)"
    }
}
