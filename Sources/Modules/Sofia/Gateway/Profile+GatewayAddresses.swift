import Base
import SIP
import SwitchCore
import XMLConfig

/// The addresses by which a profile and its gateways know each other.
extension Profile {
    /// Who we are there: `from-user` at `from-domain` or the proxy.
    func address(of gateway: Gateway) -> SIPURI {
        var uri = gateway.configuration.home
        uri.user = gateway.configuration.fromUser
        return uri
    }

    /// The account at the proxy.
    func recordAddress(of gateway: Gateway) -> SIPURI {
        var uri = gateway.configuration.proxy.withoutParameters
        uri.user = gateway.configuration.username
        return uri
    }

    /// Where the gateway calls us.
    func contact(of gateway: Gateway) -> NameAddress {
        let configuration = gateway.configuration
        let kind = configuration.contactTransport
        let endpoint = advertisedEndpoint(over: kind)
        let host = configuration.contactHost.map { $0 == "sip-ip" ? "\(self.configuration.listen.address)" : $0 }
        var uri = SIPURI(
            user: configuration.contactUser,
            host: SIPHost(host ?? "\(endpoint.address)"),
            port: endpoint.port,
            parameters: configuration.contactParameters
        )
        uri["transport"] = kind.uriName
        var contact = NameAddress(uri)
        guard !configuration.hasPlainContact else { return contact }
        contact.uri["gw"] = configuration.name
        if let flowID = configuration.flowID {
            contact["reg-id"] = flowID
            contact["+sip.instance"] = "<urn:uuid:\(instance(of: configuration.name))>"
        }
        return contact
    }

    /// The same name for a gateway of this switch each time it starts (RFC 5626 §4.1).
    private func instance(of gateway: String) -> String {
        let names = "\(softswitch.xml.globals["switchname"] ?? "") \(name) \(gateway)"
        var numbers = SeededGenerator(seed: names.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        return RandomToken.uuid(using: &numbers)
    }

    /// Where REGISTER and OPTIONS are sent.
    func registrar(of gateway: Gateway) -> SIPURI {
        let configuration = gateway.configuration
        return configuration.over(configuration.registerProxy ?? configuration.proxy)
    }

    /// Where a call to a URI of the gateway is sent; `nil` means the URI itself.
    func outboundProxy(of gateway: Gateway) -> SIPURI? {
        gateway.configuration.outboundProxy.map { gateway.configuration.over($0) }
    }

    /// The gateway that a request comes from: its URI is that of the gateway's Contact.
    func gateway(calling uri: SIPURI?) -> Gateway? {
        guard let uri else { return nil }
        let named = uri.user.flatMap { user in
            user.hasPrefix(GatewayConfiguration.contactPrefix)
                ? gateway(named: String(user.dropFirst(GatewayConfiguration.contactPrefix.count))) : nil
        }
        return named ?? uri["gw"].flatMap { gateway(named: $0) }
    }
}

extension GatewayConfiguration {
    /// The user part of the Contact.
    fileprivate var contactUser: String {
        if hasPlainContact { return fromUser }
        return isDestinationInContact ? destinationText : Self.contactPrefix + name
    }

    /// How we want to be reached: in the way that we register, which for one over TLS is nothing else.
    fileprivate var contactTransport: SIPTransportKind {
        goesOverTLS(registerProxy ?? proxy) ? .tls : transport
    }

    /// `extension`, or what it means when it is not given.
    var destinationText: String {
        switch destination {
        case .account: username
        case .automatic: "auto"
        case .toUser: "auto_to_user"
        case .number(let number): number
        }
    }

    /// A hop over the gateway's transport, where it names none itself.
    func over(_ hop: SIPURI) -> SIPURI {
        guard hop["transport"] == nil else { return hop }
        var uri = hop
        uri["transport"] = transport.uriName
        return uri
    }

    /// Where a call of the gateway's goes.
    func destination(of invite: SIPMessage) -> String? {
        let isByName = invite.requestURI?.user?.hasPrefix(Self.contactPrefix) == true
        switch destination {
        case .account: return isByName ? username : nil
        case .automatic: return isByName ? invite.to.uri.plainUser : nil
        case .toUser: return invite.to.uri.plainUser
        case .number(let number): return number
        }
    }
}
