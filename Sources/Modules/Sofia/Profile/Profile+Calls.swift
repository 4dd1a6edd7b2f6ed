import Base
import Logging
import SDP
import SIP
import SwitchCore
import XMLConfig

/// Calls that come in.
extension Profile {
    func receivedCall(_ call: CallHandle, _ message: SIPMessage, over flow: SIPFlow) {
        guard !message.contacts.isEmpty else {
            reject(call, 400, reason: "Missing Contact Header")
            return
        }
        callsBeforeAdmission.insert(call)
        // One task for a call's admission, since a look-up of the user may have to wait for a database.
        Task.immediate(executorPreference: loop) { await self.admit(call, message, over: flow) }
    }

    private func admit(_ call: CallHandle, _ message: SIPMessage, over flow: SIPFlow) async {
        if let outcome = await delivery(of: message) {
            guard callsBeforeAdmission.contains(call) else { return }
            switch outcome {
            case .refused(let status): reject(call, status)
            case .delivery(let delivery):
                // The other node has let the caller in.
                let admission = Admission(context: delivery.context, isAuthorized: true, delivery: delivery)
                beginAdmitted(call, message, over: flow, admission)
            }
            return
        }
        let gateway = gateway(calling: message.requestURI)
        if let list = gateway?.configuration.accessList, allows(list, flow.remote) == nil {
            logger.notice("call refused by gw-auth-acl", metadata: ["from": "\(flow.remote)"])
            gateway?.calls.failedInbound &+= 1
            reject(call, 403)
            return
        }
        let outcome = await admission(of: message, over: flow, asks: configuration.authenticatesCalls)
        guard callsBeforeAdmission.contains(call) else { return }
        var admission: Admission
        switch outcome {
        case .admitted(let admitted): admission = admitted
        case .refused(let status, let reason, let headers):
            reject(call, status, reason: reason, headers: headers)
            return
        }
        admission.gateway = gateway
        beginAdmitted(call, message, over: flow, admission)
    }

    private func beginAdmitted(
        _ call: CallHandle,
        _ message: SIPMessage,
        over flow: SIPFlow,
        _ admission: Admission
    ) {
        callsBeforeAdmission.remove(call)
        guard softswitch.admitCall(.inbound) == nil else {
            reject(call, 503, reason: "Maximum Calls In Progress", headers: [SIPHeaderLine(.retryAfter, "300")])
            return
        }
        begin(call, message, over: flow, admission)
    }

    private func reject(_ call: CallHandle, _ status: Int, reason: String? = nil, headers: [SIPHeaderLine] = []) {
        callsBeforeAdmission.remove(call)
        if status != 407 { statistics.failedCallsIn &+= 1 }
        userAgent.reject(call, status: status, reason: reason, headers: headers, at: loop.now)
        drain()
    }

    private func begin(_ call: CallHandle, _ message: SIPMessage, over flow: SIPFlow, _ admission: Admission) {
        var negotiation = makeNegotiation(codecs: configuration.media.inboundCodecs)
        var offer: OfferedAudio?
        var offerText = ""
        switch DescriptionInBody(message) {
        case .none: break
        case .unsupported(let refusal):
            reject(call, refusal.status, headers: refusal.headers)
            return
        case .sdp(let bytes):
            guard let description = try? SessionDescription(parsing: bytes) else {
                reject(call, 400, reason: "Bad Session Description")
                return
            }
            offerText = String(decoding: bytes, as: UTF8.self)
            if case .acceptable(let offered) = negotiation.receivedOffer(description), negotiation.canAnswer(offered) {
                offer = offered
            } else if configuration.media.takesAnyOffer {
                // Somebody else may answer it; we cannot.
                _ = negotiation.receivedOffer(toPass: description)
            } else {
                reject(call, 488)
                return
            }
        }
        var given: DialplanRoute?
        if message.contains(.replaces) {
            switch route(of: message, from: flow.remote.address, isAuthorized: admission.isAuthorized) {
            case .success(let found): given = found
            case .failure(let refusal):
                reject(call, refusal.status)
                return
            }
        }
        statistics.callsIn &+= 1
        let profile = callerProfile(message, flow, admission)
        let session = Session(softswitch: softswitch, loop: loop, direction: .inbound, profile: profile)
        let leg = SIPLeg(
            session: session,
            profile: self,
            call: call,
            negotiation: negotiation,
            transport: flow.transport,
            invite: message,
            offer: offer
        )
        leg.keepsToPeer = isBehindNAT(message, heardOver: flow)
        (leg.gateway, leg.strangersContext) = (admission.gateway, admission.isAuthorized ? nil : profile.context)
        admission.gateway?.calls.inbound &+= 1
        legs[call] = leg
        self.route(leg)
        session.assumeIsolated { session in
            session.attach(leg: leg)
            CallVariables.set(on: session, from: message, over: flow, profile: self)
            session.adopt(admission)
            if leg.keepsToPeer { session.setVariable("sip_nat_detected", "true") }
            session.adopt(configuration.media)
            let hasOffer = !offerText.isEmpty
            session.setVariable("endpoint_disposition", hasOffer ? "DELAYED NEGOTIATION" : "RECEIVED_NOSDP")
            if hasOffer { session.setVariable("switch_r_sdp", Template.neutralized(offerText)) }
            if let delivery = admission.delivery {
                let names = session.variables.map(\.name)
                given = delivery.route(passing: names.filter { $0.hasPrefix("sip_h_") })
            }
            session.begin(given)
        }
    }

    private func callerProfile(_ message: SIPMessage, _ flow: SIPFlow, _ admission: Admission) -> CallerProfile {
        var profile = CallerProfile()
        let identity = CallerIdentity(message)
        let user = admission.account?.user
        profile.username = admission.account?.username ?? message.from.uri.plainUser ?? ""
        profile.setField("caller_id_name", to: identity.name)
        profile.setField("caller_id_number", to: identity.number)
        profile.setField("orig_caller_id_name", to: identity.name)
        profile.setField("orig_caller_id_number", to: identity.number)
        profile.setField("ani", to: identity.number)
        let number =
            admission.delivery?.user ?? admission.gateway?.configuration.destination(of: message)
            ?? message.requestURI?.plainUser ?? ""
        profile.setField("destination_number", to: number)
        profile.networkAddress = "\(flow.remote.address)"
        profile.source = "mod_sofia"
        profile.dialplan = user?.variables["inbound_dialplan"] ?? configuration.dialplan
        profile.context =
            admission.context ?? user?.variables["user_context"] ?? admission.gateway?.configuration.context
            ?? context(for: message)
        profile.channelName = "sofia/\(name)/\(message.from.uri.plainUser ?? "")@\(message.from.uri.hostText)"
        return profile
    }

    private func context(for message: SIPMessage) -> String {
        configuration.context == "_domain_" ? message.from.uri.hostText : configuration.context
    }

    /// The offer/answer state of a new call; its keys are of the profile's type unless another one is wanted.
    func makeNegotiation(codecs: String, keys: KeyType? = nil) -> OfferAnswer {
        OfferAnswer(
            configuration: OfferAnswer.Configuration(
                sessionID: makeSDPSessionID(),
                codecs: CodecList(parsing: codecs),
                negotiation: configuration.media.negotiation,
                telephoneEventPayloadType: configuration.media.eventPayloadType(
                    for: keys ?? configuration.media.keyType
                ),
                comfortNoisePayloadType: configuration.media.comfortNoisePayloadType
            )
        )
    }

    /// Our Contact, as a peer over that transport can reach us.
    func contact(over kind: SIPTransportKind) -> NameAddress {
        let endpoint = advertisedEndpoint(over: kind)
        var uri = SIPURI(user: "mod_sofia", host: SIPHost("\(endpoint.address)"), port: endpoint.port)
        uri.setTransport(kind)
        return NameAddress(uri)
    }

    /// Our Contact in a call, by way of a gateway or without; a `sips:` one where the call is for one (RFC 3261 §8.1.1.8).
    func contact(at gateway: Gateway?, over kind: SIPTransportKind, isSecure: Bool) -> NameAddress {
        var contact = gateway.map { self.contact(of: $0) } ?? contact(over: kind)
        guard isSecure else { return contact }
        contact.uri.scheme = .sips
        contact.uri["transport"] = nil
        contact.uri.port = advertisedEndpoint(over: .tls).port
        return contact
    }

    /// The challenge that `respond 407` (or 401) sends.
    func challengeHeaders(for invite: SIPMessage?, status: Int) -> [SIPHeaderLine] {
        guard let invite else { return [] }
        let header: SIPHeaderName = status == 401 ? .wwwAuthenticate : .proxyAuthenticate
        return verifier.challenges(realm: realm(for: invite), at: loop.now).map { SIPHeaderLine(header, $0) }
    }
}

extension Session {
    /// Gives the channel what is known of its caller.
    fileprivate func adopt(_ admission: Profile.Admission) {
        if let account = admission.account { adopt(account) }
        if let gateway = admission.gateway { adopt(gateway.configuration) }
        if admission.isAuthorized { setVariable("sip_authorized", "true") }
        if let token = admission.token { setVariable("acl_token", token) }
        if let delivery = admission.delivery {
            setVariable("domain_name", delivery.domain)
            if let context = delivery.context { setVariable("transfer_context", context) }
        }
    }

    /// Gives the channel what the directory says about its user.
    fileprivate func adopt(_ account: AuthenticatedUser) {
        for (name, value) in account.user.variables.all { setVariableUnchecked(name, value) }
        for (name, value) in account.user.profileVariables.all { profile.setField(name, to: value) }
        setVariable("user_name", account.user.id)
        setVariable("domain_name", account.user.domain)
        setVariable("sip_auth_username", account.username)
        setVariable("sip_auth_realm", account.realm)
    }

    /// Gives the channel what its profile says about media of calls that come in.
    fileprivate func adopt(_ media: MediaSettings) {
        if media.bypassesInbound { setVariable("bypass_media", "true") }
        if let length = media.jitterBuffer { setVariable("jitterbuffer_msec", length) }
        if media.relaysInbound { setVariable("proxy_media", "true") }
        for name in media.pathVariables { setVariable(name, "true") }
    }

    /// Gives the channel what its gateway says about calls from there.
    fileprivate func adopt(_ gateway: GatewayConfiguration) {
        setVariable("sip_gateway", gateway.name)
        for (name, value) in gateway.inboundVariables { setVariableUnchecked(name, value) }
    }
}

extension OfferAnswer {
    /// Whether any codec of an offer is one that we have.
    fileprivate func canAnswer(_ offered: OfferedAudio) -> Bool {
        configuration.codecs.preferences.contains { mine in
            offered.codecs.preferences.contains { theirs in
                mine.name.equalsIgnoringASCIICase(theirs.name) && mine.clockRate == theirs.clockRate
                    && mine.channels == theirs.channels
            }
        }
    }
}
