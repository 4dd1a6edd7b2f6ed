public import Base

/// One hop of a message's way: a value of the Via header (RFC 3261 §20.42).
public struct Via: Hashable, Sendable {
    /// What every branch of RFC 3261 begins with.
    public static let magicCookie = "z9hG4bK"

    /// The transport as it was written, as in `UDP` or `TLS`.
    public var transport: String
    /// The host of `sent-by`.
    public var host: SIPHost
    /// The port of `sent-by`, where it is named.
    public var port: UInt16?
    /// All parameters in their order.
    public var parameters: SIPParameters

    /// A hop; `rport` asks for the response to come back to the port the request left from (RFC 3581).
    public init(transport: String, host: SIPHost, port: UInt16? = nil, branch: String, rport: Bool = false) {
        (self.transport, self.host, self.port) = (transport, host, port)
        parameters = rport ? ["rport": nil, "branch": branch] : ["branch": branch]
    }

    init(transport: String, host: SIPHost, port: UInt16?, parameters: SIPParameters) {
        (self.transport, self.host, self.port, self.parameters) = (transport, host, port, parameters)
    }

    /// Reads one value of a Via header; `nil` when it breaks its grammar.
    public init?(_ text: String) {
        let bytes = text.utf8.span
        guard let scan = ViaScan(bytes, 0..<bytes.count) else { return nil }
        self.init(scan, bytes)
    }

    /// The transaction's name; `nil` from senders older than RFC 2543bis.
    public var branch: String? { parameters["branch"] }

    /// Whether the branch identifies the transaction (RFC 3261 §17.2.3): the cookie with something behind it.
    public var hasMagicBranch: Bool {
        guard let branch, branch.utf8.count > Self.magicCookie.utf8.count else { return false }
        return branch.hasPrefixIgnoringASCIICase(Self.magicCookie)
    }

    /// The address the request came from, as the receiver noted it (RFC 3261 §18.2.1).
    public var received: IPAddress? {
        get {
            guard let text = parameters["received"] else { return nil }
            // RFC 5118 §4.5: with and without brackets around IPv6.
            guard case .address(let address) = SIPHost(text) else { return nil }
            return address
        }
        set { parameters["received"] = newValue.map { "\($0)" } }
    }

    /// The port the request came from, as the receiver noted it; `nil` when it is not there or not filled in.
    public var rport: UInt16? {
        get { parameters["rport"].flatMap { UInt16($0) } }
        set { parameters["rport"] = newValue.map { "\($0)" } }
    }

    /// Whether the sender asks for the response at the port the request came from (RFC 3581 §4).
    public var wantsRPort: Bool { parameters.contains("rport") }
}

extension Via: CustomStringConvertible {
    /// The value as it is sent.
    public var description: String {
        var out: [UInt8] = []
        write(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    func write(to out: inout [UInt8]) {
        out.append(contentsOf: "SIP/2.0/".utf8)
        out.append(contentsOf: transport.utf8.lazy.filter(ByteSet.token.contains))
        out.append(UInt8(ascii: " "))
        host.write(to: &out)
        if let port { out.append(contentsOf: ":\(port)".utf8) }
        parameters.writeHeaderForm(to: &out)
    }
}

extension Via {
    /// Notes where the message came from, for the way back of the response.
    ///
    /// Sets `received` where the address differs from `sent-by` (RFC 3261 §18.2.1) or `rport` is asked for, and then
    /// `rport` too (RFC 3581 §4).
    public mutating func note(source: IPEndpoint) {
        if wantsRPort {
            rport = source.port
            received = source.address
        } else if host != .address(source.address) {
            received = source.address
        }
    }
}
