import DNSMessage

/// How phones reach a service (RFC 3263 §4.1, RFC 7118 §5).
public enum ServiceTransport: String, CaseIterable, Sendable {
    /// Over UDP.
    case udp
    /// Over TCP.
    case tcp
    /// Over TLS.
    case tls
    /// Over a web socket.
    case ws
    /// Over a web socket with TLS.
    case wss

    /// What SRV records are found under, before the service's own name.
    var labels: String {
        switch self {
        case .udp: "_sip._udp"
        case .tcp: "_sip._tcp"
        case .tls: "_sips._tcp"
        case .ws: "_sip._ws"
        case .wss: "_sips._wss"
        }
    }

    /// The service of NAPTR records.
    var service: String {
        switch self {
        case .udp: "SIP+D2U"
        case .tcp: "SIP+D2T"
        case .tls: "SIPS+D2T"
        case .ws: "SIP+D2W"
        case .wss: "SIPS+D2W"
        }
    }

    /// The port where none is configured.
    var usualPort: UInt16 {
        switch self {
        case .udp, .tcp: 5060
        case .tls: 5061
        case .ws: 5066
        case .wss: 7443
        }
    }
}
