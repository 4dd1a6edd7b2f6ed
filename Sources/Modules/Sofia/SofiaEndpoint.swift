import Base
import Logging
import MediaEngine
import SDP
import SIP
import SIPTransport
import SwitchCore

/// `sofia/…` in dial strings: calls that go out over SIP.
struct SofiaEndpoint: Endpoint {
    let name = "sofia"
    let module: SofiaModule

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        guard let destination = try? SofiaDestination(request.destination) else { return .failure(.invalidUrl) }
        if case .gateway(let name, let number, let parameters) = destination.target {
            let reference = GatewayReference(profile: destination.profile, name: name)
            guard let profile = await module.profile(with: reference) else { return .failure(.invalidGateway) }
            return await profile.call(number, by: name, parameters, request)
        }
        guard let profile = module.profile(named: destination.profile) else { return .failure(.invalidProfile) }
        switch destination.target {
        case .registered(let user, let domain):
            let contacts = await module.contacts(of: user, domain: domain, in: profile)
            guard !contacts.isEmpty else { return .failure(.userNotRegistered) }
            let suffix = destination.to.map { "^" + $0 } ?? ""
            return .expansion(dialString: contacts.map { $0 + suffix }.joined(separator: ","), variables: [])
        case .uri(let uri, let route):
            // No way to the host is like a 503 from it (RFC 3263 §4.3).
            guard let flow = await profile.flow(to: uri, heardAt: route) else {
                return .failure(CauseMapping.cause(for: 503))
            }
            var target = OutgoingTarget(uri, over: flow, isRouted: route != nil)
            target.owner = destination.owner
            target.to = destination.named(at: uri)
            return await profile.onLoop { [target] in $0.call(target, request) }
        case .gateway: return .failure(.invalidGateway)
        }
    }
}

/// Where a call goes.
struct OutgoingTarget: Sendable {
    let uri: SIPURI
    let flow: SIPFlow
    /// Whether the flow leads to another host than the URI (`fs_path`, a gateway's `outbound-proxy`), as everything in
    /// the call's dialog shall.
    let isRouted: Bool
    /// The gateway that it goes by.
    var gateway: Gateway?
    /// The other node that has registered the contact.
    var owner: ContactOwner?
    /// Who is named in the header To; the URI's user when `nil`.
    var to: SIPURI?
    /// What the Contact says beside that.
    var contactParameters: SIPParameters = [:]

    init(_ uri: SIPURI, over flow: SIPFlow, isRouted: Bool) {
        (self.uri, self.flow, self.isRouted) = (uri, flow, isRouted)
    }
}

extension Profile {
    /// Sends an INVITE; runs on the profile's loop.
    func call(_ target: OutgoingTarget, _ request: OutgoingCall) -> OutgoingCallResult {
        let (uri, flow) = (target.uri, target.flow)
        guard softswitch.admitCall(.outbound) == nil else { return .failure(.switchCongestion) }
        let keys = request.variables["dtmf_type"].flatMap { KeyType($0) }
        var negotiation = makeNegotiation(codecs: configuration.media.outboundCodecs, keys: keys)
        let codecs = codecsToOffer(request, negotiation.configuration.codecs)
        // The caller's own description, when media go past the switch.
        let passed = request.description.flatMap { try? SessionDescription(parsing: Array($0.utf8)) }
        var (stream, lines): (MediaStream?, RelayedLines) = (nil, RelayedLines())
        let offer: SessionDescription?
        if let passed {
            let relayed = request.relaysMedia ? lines.relay(passed) { openStream() } : passed
            offer = negotiation.makeOffer(passing: relayed)
        } else {
            guard let opened = openStream() else { return .failure(.normalCircuitCongestion) }
            stream = opened.stream
            offer = negotiation.makeOffer(from: opened.advertised, codecs: codecs)
        }
        guard let offer else { return .failure(.incompatibleDestination) }
        var invite = makeInvite(target, request, body: .sdp(offer.description))
        if let owner = target.owner, !address(&invite, to: owner) { return .failure(.userNotRegistered) }
        let session = makeSession(target, request)
        let call = userAgent.invite(invite, at: loop.now)
        let leg = SIPLeg(
            session: session,
            profile: self,
            call: call,
            negotiation: negotiation,
            transport: flow.transport,
            stream: stream,
            attempt: OutgoingAttempt(
                invite,
                codecs: codecs,
                passed: passed,
                caller: request.originator,
                hidesCaller: request.profile.hidesName || request.profile.hidesNumber
            )
        )
        (leg.keepsToPeer, leg.relayedLines) = (target.isRouted, lines)
        (leg.gateway, leg.owner) = (target.gateway, target.owner)
        legs[call] = leg
        statistics.callsOut &+= 1
        session.assumeIsolated { session in
            session.attach(leg: leg)
            if passed != nil, let caller = request.originator {
                session.passMedia(for: caller.id, relaying: request.relaysMedia)
            }
            session.variables = request.variables
            if let length = configuration.media.jitterBuffer, session.variable("jitterbuffer_msec") == nil {
                session.setVariable("jitterbuffer_msec", length)
            }
            for name in configuration.media.pathVariables { session.setVariable(name, "true") }
            session.setVariable("uuid", session.id)
            session.setVariable("direction", "outbound")
            session.setVariable("sofia_profile_name", name)
            if let gateway = target.gateway { session.setVariable("sip_gateway_name", gateway.name) }
            session.setVariable("sip_destination_url", uri.description)
            session.beginOutgoing(request)
        }
        drain()
        return .session(session)
    }

    private func makeSession(_ target: OutgoingTarget, _ request: OutgoingCall) -> Session {
        let uri = target.uri
        let user = uri.user ?? ""
        var profile = request.profile
        profile.source = "mod_sofia"
        profile.destinationNumber = user
        let place = target.gateway == nil ? "\(user.isEmpty ? "" : "\(user)@")\(uri.hostText)" : user
        profile.channelName = "sofia/\(name)/\(place)"
        return Session(
            softswitch: softswitch,
            loop: loop,
            direction: .outbound,
            profile: profile,
            id: request.variables["origination_uuid"]
        )
    }

    /// A stream, and where it can be reached; `nil` when there is none to be had.
    func openStream() -> (stream: MediaStream, advertised: IPEndpoint)? {
        do {
            let stream = try softswitch.media.openStream(on: configuration.media.rtpAddress)
            guard let local = stream.localEndpoint else { return nil }
            return (stream, advertised(local))
        } catch {
            logger.error("no audio stream", metadata: ["error": "\(error)"])
            return nil
        }
    }

    func advertised(_ local: IPEndpoint) -> IPEndpoint {
        IPEndpoint(configuration.media.advertisedRTPAddress ?? local.address, port: local.port)
    }

    /// `absolute_codec_string` alone, else `codec_string`, else the profile's codecs with the caller's first.
    private func codecsToOffer(_ request: OutgoingCall, _ own: CodecList) -> CodecList {
        if let text = request.variables["absolute_codec_string"] ?? request.variables["codec_string"] {
            return CodecList(parsing: text)
        }
        guard let preferred = request.preferredCodecs, !preferred.isEmpty else { return own }
        var rest = own.preferences
        var ordered: [CodecPreference] = []
        for name in preferred.split(separator: ",").map(String.init) {
            guard let index = rest.firstIndex(where: { $0.name.equalsIgnoringASCIICase(name) }) else { continue }
            ordered.append(rest.remove(at: index))
        }
        return CodecList(ordered + rest)
    }

    private func makeInvite(_ target: OutgoingTarget, _ request: OutgoingCall, body: SIPBody) -> OutgoingInvite {
        let identity = identity(of: request, at: target.gateway)
        var invite = OutgoingInvite(
            to: target.uri,
            from: forcedFrom(request) ?? from(identity.shown, at: target.gateway),
            to: NameAddress(target.to ?? target.uri.withoutParameters),
            flow: target.flow
        )
        invite.contact = contact(for: target)
        invite.account = target.gateway?.account
        // Another node challenges nobody, and answers itself for its phones.
        invite.asksForAccount = target.gateway == nil && target.owner == nil
        if target.isRouted, let proxy = target.gateway?.configuration.outboundProxy, proxy.parameters.contains("lr") {
            invite.routes = [NameAddress(proxy)]
        }
        invite.body = body
        invite.maxForwards = request.variables["max_forwards"].flatMap { UInt8($0) } ?? 70
        let type =
            request.variables["sip_cid_type"].flatMap { CallerIDType($0) }
            ?? target.gateway?.configuration.callerIDType ?? configuration.callerIDType
        let custom = Self.customHeaders(request.variables)
        // A dialplan that asks for privacy of its own kind knows better; there are carriers that refuse `none`.
        let asksForPrivacy = custom.contains { $0.name == .privacy }
        let saysNone = request.variables["sip_cid_suppress_privacy_none"]?.isTrueSetting != true
        let named = type.headers(identity).filter { header in
            header.name != .privacy || !asksForPrivacy && (saysNone || header.value != "none")
        }
        invite.headers = named + custom
        return invite
    }

    /// Who calls, as the called party shall see it.
    private func identity(of request: OutgoingCall, at gateway: Gateway?) -> OutgoingIdentity {
        var home = gateway?.configuration.home ?? SIPURI(host: SIPHost("\(advertisedEndpoint.address)"))
        if let domain = request.variables["sip_invite_domain"] { (home.host, home.port) = (SIPHost(domain), nil) }
        return OutgoingIdentity(request.profile, at: home, isConfidant: gateway != nil)
    }

    /// `sip_force_full_from`, whose tag is of another call, or `sip_from_uri` with `sip_from_display`.
    private func forcedFrom(_ request: OutgoingCall) -> NameAddress? {
        if var from = request.variables["sip_force_full_from"].flatMap({ NameAddress($0) }) {
            from.tag = nil
            return from
        }
        // Of the caller's own channel it has no scheme.
        let text = request.variables["sip_from_uri"].map { $0.hasScheme ? $0 : "sip:\($0)" }
        guard let uri = text.flatMap({ SIPURI($0) }) else { return nil }
        return NameAddress(uri, displayName: request.variables["sip_from_display"])
    }

    /// From is the caller, or else the account that the gateway knows.
    private func from(_ caller: NameAddress, at gateway: Gateway?) -> NameAddress {
        guard let gateway, !gateway.configuration.isCallerInFrom else { return caller }
        return NameAddress(address(of: gateway), displayName: caller.displayName)
    }

    private func contact(for target: OutgoingTarget) -> NameAddress {
        let isSecure = target.uri.scheme == .sips
        var contact = contact(at: target.gateway, over: target.flow.transport, isSecure: isSecure)
        for parameter in target.contactParameters.entries { contact.uri[parameter.name] = parameter.value ?? "" }
        return contact
    }

    /// `sip_h_X-Name` becomes the header `X-Name`; `sip_auto_answer` asks the phone to answer by itself.
    ///
    /// Where the dialplan writes a Call-Info of its own, that one asks.
    private static func customHeaders(_ variables: Variables) -> [SIPHeaderLine] {
        var headers: [SIPHeaderLine] = []
        for entry in variables where entry.name.hasPrefix("sip_h_") {
            headers.append(SIPHeaderLine(String(entry.name.dropFirst("sip_h_".count)), entry.value))
        }
        if variables["sip_auto_answer"]?.isTrueSetting == true, !headers.contains(where: { $0.name == .callInfo }) {
            headers.append(SIPHeaderLine(.callInfo, "<sip:intercom>;answer-after=0"))
        }
        return headers
    }
}
