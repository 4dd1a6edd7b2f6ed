public import Base

/// What carries SIP messages between two endpoints.
public enum SIPTransportKind: UInt8, Hashable, Sendable {
    case udp, tcp, tls, ws, wss

    /// Whether the transport itself repeats what is lost, so that transactions need not (RFC 3261 §17).
    public var isReliable: Bool { self != .udp }

    /// The transport as a Via header writes it (RFC 3261 §20.42, RFC 7118 §5.2).
    public var viaName: String {
        switch self {
        case .udp: "UDP"
        case .tcp: "TCP"
        case .tls: "TLS"
        case .ws: "WS"
        case .wss: "WSS"
        }
    }

    /// The port that is meant where none is named (RFC 3261 §18.2.2, RFC 7118 §4).
    public var defaultPort: UInt16 {
        switch self {
        case .udp, .tcp: 5060
        case .tls: 5061
        case .ws: 80
        case .wss: 443
        }
    }

    /// The transport as a URI's parameter writes it (RFC 3261 §19.1.1).
    public var uriName: String { viaName.lowercased() }
}

extension SIPURI {
    /// Names the transport to reach it by; UDP is meant where none is named.
    public mutating func setTransport(_ kind: SIPTransportKind) {
        if kind != .udp { self["transport"] = kind.uriName }
    }
}

/// Where a message came from or goes to: a transport, two endpoints and, for streams, which connection.
///
/// A response goes back over the flow of its request, and a dialog follows its peer from flow to flow until its driver
/// says where the dialog's next hop is.
public struct SIPFlow: Hashable, Sendable {
    /// The transport.
    public var transport: SIPTransportKind
    /// Our end; an address that the peer can reach, not a wildcard.
    public var local: IPEndpoint
    /// The peer's end.
    public var remote: IPEndpoint
    /// The driver's number for a connection; 0 for UDP.
    public var connection: UInt64

    /// A flow between two endpoints.
    public init(transport: SIPTransportKind, local: IPEndpoint, remote: IPEndpoint, connection: UInt64 = 0) {
        (self.transport, self.local, self.remote, self.connection) = (transport, local, remote, connection)
    }
}

/// A flow, and what to do when its connection is gone.
public struct SIPPath: Hashable, Sendable {
    /// The flow.
    public var flow: SIPFlow
    /// Where a new connection leads to the same peer; `nil` where none does, such as behind a NAT.
    public var reconnect: IPEndpoint?

    /// A path over a flow.
    public init(_ flow: SIPFlow, reconnect: IPEndpoint? = nil) {
        (self.flow, self.reconnect) = (flow, reconnect)
    }
}
