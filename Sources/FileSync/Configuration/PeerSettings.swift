import Base

/// Another node, as `<peer …>` has it.
public struct PeerSettings: Hashable, Sendable {
    /// What it is called, by itself too.
    public var name: NodeName
    /// Where it listens; `nil` when it is not called, but calls.
    public var address: PeerAddress?
    /// What its certificate is known by; `nil` where an authority vouches for it.
    public var fingerprint: Fingerprint?
    /// How much goes there and comes from there, for all folders together.
    public var limits: [RateLimit] = []

    /// A peer.
    public init(name: NodeName, address: PeerAddress? = nil, fingerprint: Fingerprint? = nil) {
        (self.name, self.address, self.fingerprint) = (name, address, fingerprint)
    }
}

/// A host, by address or name, and a port.
public struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The port that is meant where none is written.
    public static let usualPort = 7420
    private static let longestHost = 253

    /// The host: a name, or an address without brackets.
    public let host: String
    /// The port; 0 for one that the system chooses, where somebody listens.
    public let port: Int

    /// A place.
    public init(host: String, port: Int) {
        (self.host, self.port) = (host, port)
    }

    /// `10.0.0.2:7420`, `[2001:db8::2]:7420`, `a2.example`; `nil` for what is none.
    public init?(_ text: String) {
        var (host, rest) = (text[...], Substring())
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            (host, rest) = (text[text.index(after: text.startIndex)..<end], text[text.index(after: end)...])
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            rest = rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") {
            (host, rest) = (text[..<colon], text[text.index(after: colon)...])
            guard !rest.isEmpty else { return nil }
        }
        // Only an address of IPv6 has colons.
        if text.hasPrefix("[") || host.contains(":") {
            guard IPAddress(String(host))?.family == .v6 else { return nil }
        }
        guard host.isVisibleASCII, !host.isEmpty, host.utf8.count <= Self.longestHost else { return nil }
        guard let port = rest.isEmpty ? Self.usualPort : Int(rest), (0...65_535).contains(port) else { return nil }
        (self.host, self.port) = (String(host), port)
    }

    /// As it is written.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
