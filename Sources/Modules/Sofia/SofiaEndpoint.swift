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
        let destination: SofiaDestination
        do {
            destination = try SofiaDestination(request.destination)
        } catch {
            return .failure(error == .gateway ? .invalidGateway : .invalidUrl)
        }
        guard let profile = module.profile(named: destination.profile) else { return .failure(.invalidProfile) }
        switch destination.target {
        case .registered(let user, let domain):
            let contacts = await module.contacts(of: user, domain: domain, in: profile)
            guard !contacts.isEmpty else { return .failure(.userNotRegistered) }
            return .expansion(dialString: contacts.joined(separator: ","), variables: [])
        case .uri(let uri, let route):
            // No way to the host is like a 503 from it (RFC 3263 §4.3).
            guard let flow = await profile.flow(to: route ?? uri) else { return .failure(CauseMapping.cause(for: 503)) }
            return await profile.onLoop { $0.call(uri, over: flow, isRouted: route != nil, request) }
        }
    }
}

extension Profile {
    /// Sends an INVITE; runs on the profile's loop.
    ///
    /// - Parameter isRouted: Whether the flow leads to another host than the URI (`fs_path`), as everything in the call's
    ///   dialog shall.
    func call(
        _ uri: SIPURI,
        over flow: SIPFlow,
        isRouted: Bool,
        _ request: OutgoingCall
    ) -> OutgoingCallResult {
        guard softswitch.admitCall(.outbound) == nil else { return .failure(.switchCongestion) }
        var negotiation = makeNegotiation(codecs: configuration.media.outboundCodecs)
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
        var profile = request.profile
        profile.source = "mod_sofia"
        profile.destinationNumber = uri.user ?? ""
        profile.channelName = "sofia/\(name)/\(uri.user.map { "\($0)@" } ?? "")\(uri.hostText)"
        let session = Session(
            softswitch: softswitch,
            loop: loop,
            direction: .outbound,
            profile: profile,
            id: request.variables["origination_uuid"]
        )
        let invite = makeInvite(uri, flow, request, body: .sdp(offer.description))
        let call = userAgent.invite(invite, at: loop.now)
        let leg = SIPLeg(
            session: session,
            profile: self,
            call: call,
            negotiation: negotiation,
            transport: flow.transport,
            stream: stream,
            attempt: OutgoingAttempt(invite, codecs: codecs, passed: passed, caller: request.originator)
        )
        (leg.keepsToPeer, leg.relayedLines) = (isRouted, lines)
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
            session.setVariable("sip_destination_url", uri.description)
            session.beginOutgoing(request)
        }
        drain()
        return .session(session)
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

    private func makeInvite(_ uri: SIPURI, _ flow: SIPFlow, _ request: OutgoingCall, body: SIPBody) -> OutgoingInvite {
        let host = SIPHost("\(advertisedEndpoint.address)")
        let domain = request.variables["sip_invite_domain"].map { SIPHost($0) } ?? host
        let number = request.profile.callerIDNumber
        let isHidden = request.profile.hidesNumber
        let caller = SIPURI(user: isHidden ? "anonymous" : number.isEmpty ? "unknown" : number, host: domain)
        let displayName = request.profile.hidesName ? "Anonymous" : request.profile.callerIDName
        let from = NameAddress(caller, displayName: displayName.isEmpty ? nil : displayName)
        var to = uri
        to.parameters = [:]
        to.headers = []
        var invite = OutgoingInvite(to: uri, from: from, to: NameAddress(to), flow: flow)
        invite.contact = contact(over: flow.transport)
        invite.body = body
        invite.maxForwards = request.variables["max_forwards"].flatMap { UInt8($0) } ?? 70
        invite.headers = identityHeaders(from, hidden: isHidden) + Self.customHeaders(request.variables)
        return invite
    }

    private func identityHeaders(_ from: NameAddress, hidden: Bool) -> [SIPHeaderLine] {
        switch configuration.callerIDType {
        case .none: []
        case .assertedIdentity: [SIPHeaderLine(.pAssertedIdentity, from.description)]
        case .remotePartyID:
            [
                SIPHeaderLine(
                    .remotePartyID,
                    "\(from.description);party=calling;screen=yes;privacy=\(hidden ? "full" : "off")"
                )
            ]
        }
    }

    /// `sip_h_X-Name` becomes the header `X-Name`; `sip_auto_answer` asks the phone to answer by itself.
    private static func customHeaders(_ variables: Variables) -> [SIPHeaderLine] {
        var headers: [SIPHeaderLine] = []
        for entry in variables where entry.name.hasPrefix("sip_h_") {
            headers.append(SIPHeaderLine(String(entry.name.dropFirst("sip_h_".count)), entry.value))
        }
        if variables["sip_auto_answer"]?.isTrueSetting == true {
            headers.append(SIPHeaderLine(.callInfo, "<sip:intercom>;answer-after=0"))
        }
        return headers
    }
}
