public import Base

/// The host of a URI or a Via: a domain name or an address.
public enum SIPHost: Hashable, Sendable {
    /// A domain name, in the case it was written in; empty where a URI has no host (tel:).
    case name(String)
    /// An IPv4 address or an IPv6 reference.
    case address(IPAddress)

    /// The host of that text: an address, a bracketed IPv6 address, or else a name.
    public init(_ text: String) {
        self = .name(text)
        if let address = IPAddress(text) {
            self = .address(address)
        } else if text.first == "[", text.last == "]", let address = IPAddress(text.dropFirst().dropLast()) {
            self = .address(address)
        }
    }

    /// The text as it stands in a URI: IPv6 in brackets.
    public var text: String {
        switch self {
        case .name(let name): name
        case .address(let address): address.family == .v6 ? "[\(address)]" : "\(address)"
        }
    }

    /// Whether two hosts are the same, names compared without case.
    public func isEquivalent(to other: SIPHost) -> Bool {
        switch (self, other) {
        case (.name(let left), .name(let right)): left.equalsIgnoringASCIICase(right)
        case (.address(let left), .address(let right)): left == right
        case (.name, .address), (.address, .name): false
        }
    }
}

extension SIPHost {
    /// Writes the host; a name that no host can have is escaped, so that it cannot end the URI or the Via.
    func write(to out: inout [UInt8]) {
        switch self {
        case .name(let name): out.append(contentsOf: SIPEscaping.escape(name, keeping: .hostname).utf8)
        case .address: out.append(contentsOf: text.utf8)
        }
    }
}

extension SIPHost: CustomStringConvertible {
    /// The same as ``text``.
    public var description: String { text }
}
