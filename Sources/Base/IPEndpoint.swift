/// An address and a UDP or TCP port.
public struct IPEndpoint: Hashable, Sendable {
    /// The host.
    public var address: IPAddress
    /// The port; 0 where the operating system is to choose one.
    public var port: UInt16

    /// An endpoint of an address and a port.
    public init(_ address: IPAddress, port: UInt16) {
        (self.address, self.port) = (address, port)
    }

    /// Reads `192.0.2.1:5060`, `[2001:db8::1]:5060`, or an address alone with `defaultPort`.
    public init?(_ text: some StringProtocol, defaultPort: UInt16? = nil) {
        if let defaultPort, let address = IPAddress(text) {
            self.init(address, port: defaultPort)
            return
        }
        if let defaultPort, text.first == "[", text.last == "]", let address = IPAddress(text.dropFirst().dropLast()) {
            self.init(address, port: defaultPort)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        let isBracketed = host.first == "[" && host.last == "]" && host.count > 2
        if isBracketed { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(host), isBracketed == (address.family == .v6) else { return nil }
        self.init(address, port: port)
    }
}

extension IPEndpoint: CustomStringConvertible {
    /// `192.0.2.1:5060` or `[2001:db8::1]:5060`.
    public var description: String {
        address.family == .v4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}
