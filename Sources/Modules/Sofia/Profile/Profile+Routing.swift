import Base
import SIP
import SIPTransport

/// Where requests go: those of new calls, and those inside a dialog.
extension Profile {
    /// The next hop of a dialog, as far as it is known without asking anybody.
    private enum NextHop {
        /// Where the peer was heard last.
        case peer
        case path(SIPPath)
        /// A host that has to be looked up.
        case name(String, port: UInt16, SIPTransportKind)
    }

    /// How long the ACK, or whatever comes next in a dialog, waits for the address of a name.
    private static let lookUpTime = Duration.seconds(2)

    /// Sends the requests of a call's dialog where its route set and the peer's Contact lead (RFC 3261 §12.2.1.1), then
    /// does `next`: at once, unless a name has to be looked up; and not much later even then.
    ///
    /// To be called when there is a dialog, and when its target may have been refreshed.
    func route(_ leg: SIPLeg, then next: @escaping @Sendable () -> Void = {}) {
        let number = leg.nextRouting()
        switch nextHop(of: leg) {
        case .peer: userAgent.route(leg.call, over: nil)
        case .path(let path): userAgent.route(leg.call, over: path)
        case .name(let name, let port, let kind):
            let step = Step(next)
            let timer = loop.schedule(at: loop.now + Self.lookUpTime) { step.take() }
            hosts.lookUp(name, for: .dialog) { addresses in
                timer.cancel()
                // The target may have been refreshed meanwhile.
                if leg.routing == number {
                    let address = self.reachable(addresses)
                    let path = address.flatMap { self.path(to: IPEndpoint($0, port: port), over: kind) }
                    self.userAgent.route(leg.call, over: path)
                }
                step.take()
            }
            return
        }
        next()
    }

    /// Something to do once, whoever comes first.
    // @unchecked: confined to the profile's loop.
    private final class Step: @unchecked Sendable {
        private var work: (() -> Void)?

        init(_ work: @escaping () -> Void) {
            self.work = work
        }

        func take() {
            defer { work = nil }
            work?()
        }
    }

    private func nextHop(of leg: SIPLeg) -> NextHop {
        guard !leg.keepsToPeer, let uri = userAgent.nextHop(of: leg.call), let source = userAgent.source(of: leg.call),
            let kind = transportKind(for: uri)
        else { return .peer }
        let port = uri.port ?? kind.defaultPort
        guard case .address(let address) = uri.hopHost else { return .name(uri.hopHost.text, port: port, kind) }
        if isBehindNAT(address, heardOver: source) { return .peer }
        let peer = IPEndpoint(address, port: port)
        guard address == source.remote.address else { return path(to: peer, over: kind).map { .path($0) } ?? .peer }
        // A phone that names no transport means the one that it uses, and its connection is used as long as it lasts.
        let isSameTransport = uri["transport"] == nil || kind == source.transport
        if isSameTransport, source.transport.isReliable { return .path(SIPPath(source, reconnect: peer)) }
        return path(to: peer, over: kind).map { .path($0) } ?? .peer
    }

    /// The way to an endpoint; a connection is made when the first request is sent.
    private func path(to peer: IPEndpoint, over kind: SIPTransportKind) -> SIPPath? {
        guard let listener, configuration.transports.contains(kind),
            peer.address.family == listener.endpoint.address.family
        else { return nil }
        let flow = SIPFlow(transport: kind, local: listener.endpoint, remote: peer)
        return SIPPath(flow, reconnect: kind.isReliable ? peer : nil)
    }

    /// The flow of a path; a connection that is gone is made again where that is possible (RFC 3261 §18.2.2).
    func openFlow(_ path: SIPPath) -> SIPFlow {
        guard let peer = path.reconnect, let listener, !listener.isOpen(path.flow) else { return path.flow }
        return listener.flow(to: peer, over: path.flow.transport) ?? path.flow
    }

    // MARK: - NAT

    /// Whether the peer that sent an INVITE is behind a NAT, so that nothing in its dialog can be sent to its Contact.
    func isBehindNAT(_ invite: SIPMessage, heardOver source: SIPFlow) -> Bool {
        let settings = configuration.nat
        if allows(settings.localNetworks, source.remote) != nil { return false }
        if settings.meansAllTCP, source.transport == .tcp { return true }
        let via = invite.topVia
        if settings.isAggressive {
            let port = via.port ?? source.transport.defaultPort
            if via.host != .address(source.remote.address) || port != source.remote.port { return true }
        }
        guard case .address(let address)? = invite.contacts.first?.uri.host else { return false }
        return isBehindNAT(address, heardOver: source)
    }

    /// Whether an address is one behind a NAT, seen from here (`apply-nat-acl`); without lists, a private one of somebody
    /// who is heard from a public one.
    private func isBehindNAT(_ address: IPAddress, heardOver source: SIPFlow) -> Bool {
        let settings = configuration.nat
        if allows(settings.localNetworks, source.remote) != nil { return false }
        if !address.isGlobal, source.remote.address.isGlobal { return true }
        let endpoint = IPEndpoint(address, port: 0)
        return !settings.lists.isEmpty && settings.lists.allSatisfy { allows($0, endpoint) != nil }
    }

    // MARK: - New calls

    /// The flow to a contact, by its `fs_path` where it has one: over the connection that the phone has made, while there is
    /// one.
    func flow(to uri: SIPURI, heardAt path: SIPURI?, for purpose: HostLookUps.Purpose = .call) async -> SIPFlow? {
        if let path, let kind = transportKind(for: path), case .address(let address) = path.hopHost {
            let peer = IPEndpoint(address, port: path.port ?? kind.defaultPort)
            if let flow = await onLoop({ $0.listener?.flow(heardFrom: peer, over: kind) }) {
                return uri.scheme == .sips && kind != .tls ? nil : flow
            }
        }
        return await flow(to: uri, by: path, for: purpose)
    }

    /// The flow by which a call to a URI goes; `nil` where there is none, and where one to `sips:` would go in the clear.
    ///
    /// - Parameter route: Where it is sent in place of the URI's own host.
    func flow(to uri: SIPURI, by route: SIPURI?, for purpose: HostLookUps.Purpose = .call) async -> SIPFlow? {
        let flow = await flow(to: route ?? uri, for: purpose)
        return uri.scheme == .sips && flow?.transport != .tls ? nil : flow
    }

    /// The flow to the host of a URI (RFC 3263 with addresses and A/AAAA records).
    ///
    /// - Parameter purpose: Who has chosen the host.
    func flow(to uri: SIPURI, for purpose: HostLookUps.Purpose = .call) async -> SIPFlow? {
        guard let kind = transportKind(for: uri), let address = await address(of: uri.hopHost, for: purpose) else {
            return nil
        }
        let peer = IPEndpoint(address, port: uri.port ?? kind.defaultPort)
        let host: String? = if case .name(let name) = uri.hopHost { name } else { nil }
        return await onLoop { $0.listener?.flow(to: peer, over: kind, host: host) }
    }

    /// An address of a host in the family that the profile listens in.
    private func address(of host: SIPHost, for purpose: HostLookUps.Purpose) async -> IPAddress? {
        switch host {
        case .address(let address): reachable([address])
        case .name(let name):
            await withCheckedContinuation { continuation in
                let ask: @Sendable () -> Void = {
                    self.hosts.lookUp(name, for: purpose) { continuation.resume(returning: self.reachable($0)) }
                }
                if loop.isCurrent { ask() } else { loop.execute(ask) }
            }
        }
    }

    private func reachable(_ addresses: [IPAddress]) -> IPAddress? {
        addresses.first { $0.family == configuration.listen.address.family }
    }

    /// The transport that a URI asks for; `nil` for those that the profile does not have.
    ///
    /// What is to go over TLS (RFC 3261 §26.2.2) never goes in the clear instead.
    private func transportKind(for uri: SIPURI) -> SIPTransportKind? {
        let secure: SIPTransportKind? = configuration.tls == nil ? nil : .tls
        let name = uri["transport"]?.lowercased()
        // TLS is what `sips:` goes over, and TCP what that goes over: some say the one, some the other.
        if uri.scheme == .sips { return ["tcp", "tls", "", nil].contains(name) ? secure : nil }
        guard uri.scheme == .sip else { return nil }
        switch name {
        case nil, "": return configuration.usualTransport
        case "udp": return configuration.tls?.isOnly == true ? nil : .udp
        case "tcp": return configuration.tls?.isOnly == true ? nil : .tcp
        case "tls": return secure
        default: return nil
        }
    }
}

extension SIPURI {
    /// The host that a request to the URI is sent to first.
    fileprivate var hopHost: SIPHost { parameters["maddr"].map { SIPHost($0) } ?? host }
}
