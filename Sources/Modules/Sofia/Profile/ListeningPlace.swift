import Base
import SIP
import SIPTransport

/// Where a profile listens, as commands tell it: for UDP and TCP, or for TLS.
struct ListeningPlace: Sendable {
    /// What is said beside the profile's state: ` (TLS)`, or nothing.
    let mark: String
    /// How peers reach it.
    let url: String
    let facts: [Fact]

    /// Something that is known of a profile, with its label and its tag.
    typealias Fact = (label: String, tag: String, value: String)

    fileprivate init(_ scheme: SIPURI.Scheme, _ kinds: [SIPTransportKind], of profile: Profile) {
        let isSecured = scheme == .sips
        let address = "mod_sofia@\(profile.advertisedEndpoint(over: kinds.first ?? .udp))"
        let local = profile.configuration.listen.address
        let isElsewhere = profile.configuration.advertisedAddress.map { $0 != local } ?? false
        let names = kinds.map(\.uriName).joined(separator: ",")
        mark = isSecured ? " (TLS)" : ""
        url = "sip:\(address)"
        let bound = "\(scheme.name):\(address)\(isElsewhere ? ";maddr=\(local)" : "");transport=\(names)"
        facts =
            isSecured
            ? [("TLS-URL", "tls-url", url), ("TLS-BIND-URL", "tls-bind-url", bound)]
            : [("URL", "url", url), ("BIND-URL", "bind-url", bound)]
    }
}

extension Profile {
    /// Where the profile listens; read on its loop.
    var places: [ListeningPlace] {
        let plain = [SIPTransportKind.udp, .tcp].filter { configuration.transports.contains($0) }
        var places = plain.isEmpty ? [] : [ListeningPlace(.sip, plain, of: self)]
        if listener?.securedPort != nil { places.append(ListeningPlace(.sips, [.tls], of: self)) }
        return places
    }
}
