import Base
import SDP
import SIP
import SwitchCore
import XMLConfig

/// What is kept of a call of ours while nobody has answered: how it is made again, elsewhere.
struct OutgoingAttempt {
    var invite: OutgoingInvite
    /// The codecs that are offered.
    let codecs: CodecList
    /// Whose description is offered in the place of ours.
    let passed: SessionDescription?
    /// The channel that calls; `nil` when a command does.
    private(set) weak var caller: Session?
    /// Whether the caller is hidden from whoever is no carrier of ours.
    let hidesCaller: Bool
    /// Where the call has been sent, to go nowhere twice.
    var visited: [SIPURI]

    init(
        _ invite: OutgoingInvite,
        codecs: CodecList,
        passed: SessionDescription?,
        caller: Session?,
        hidesCaller: Bool
    ) {
        (self.invite, self.codecs, self.passed, self.caller) = (invite, codecs, passed, caller)
        self.hidesCaller = hidesCaller
        visited = [invite.requestURI]
    }
}

/// Calls of ours that the far end sends elsewhere (RFC 3261 §8.1.3.4).
extension SIPLeg {
    /// How often a call is sent elsewhere before it fails.
    private static let redirectionLimit = 5
    /// What says who calls, though it is to be hidden.
    private static let confidentialHeaders: Set<SIPHeaderName> = [
        .pAssertedIdentity, .pPreferredIdentity, .remotePartyID,
    ]

    private enum Course {
        /// The call is made again, to another address.
        case callAgain(SIPURI)
        /// The caller is routed anew, and whatever it calls is over.
        case transfer(TransferTarget)
        /// The leg fails.
        case fail(HangupCause)
    }

    /// A 3xx to our INVITE.
    func redirected(_ redirection: Redirection, _ message: SIPMessage) {
        guard isWanted else { return }
        let variables = session.assumeIsolated { session in
            let variables = redirection.variables(
                profile: session.variable("sip_redirect_profile") ?? profile.name,
                isForked: session.isTrue("sip_redirect_fork")
            )
            for (name, value) in variables { session.setVariable(name, value) }
            return variables
        }
        if session.assumeIsolated({ $0.isTrue("outbound_redirect_fatal") }) {
            return refused(message, .requestedChanUnavail)
        }
        tellCaller { caller in
            for (name, value) in variables { caller.setVariable(name, value) }
        }
        // One task for a redirection: whose the address is may have to be asked, and the name of its host.
        Task.immediate(executorPreference: profile.loop) { await self.follow(redirection, message) }
    }

    /// Whether nobody has given the call up meanwhile.
    private var isWanted: Bool { session.assumeIsolated { !$0.isOver } }

    /// The caller hears of it after what runs now, and before it hears of the leg's end.
    private func tellCaller(_ what: @escaping @Sendable (isolated Session) -> Void) {
        guard let caller = attempt?.caller else { return }
        caller.loop.execute { caller.assumeIsolated { what($0) } }
    }

    private func follow(_ redirection: Redirection, _ message: SIPMessage) async {
        switch await course(of: redirection) {
        case .fail(let cause): refused(message, cause)
        case .transfer(let target):
            guard isWanted else { return }
            tellCaller { $0.divert(to: target) }
            refused(message, .redirectionToNewDestination)
        case .callAgain(let uri): await call(again: uri, message)
        }
    }

    private func course(of redirection: Redirection) async -> Course {
        guard let uri = redirection.contacts.first?.uri else { return .fail(CauseMapping.cause(for: 300)) }
        let (isOwn, number) = (await profile.isOwn(uri), uri.plainUser ?? "")
        // Without a caller there is nobody to be routed.
        if attempt?.caller != nil, profile.configuration.redirectsInDialplan || isOwn {
            return transfer(to: number, isOwn: isOwn)
        }
        // Whoever was to be called in secret is not called in the clear.
        guard uri.scheme == .sips || uri.scheme == .sip && !isSecure, !uri.hostText.isEmpty else { return unusable }
        guard let attempt, attempt.visited.count <= Self.redirectionLimit, !attempt.visited.contains(uri) else {
            return .fail(.exchangeRoutingError)
        }
        return .callAgain(uri)
    }

    private func transfer(to number: String, isOwn: Bool) -> Course {
        guard !number.isEmpty else { return unusable }
        guard profile.configuration.redirectsInDialplan else { return .transfer(TransferTarget(number)) }
        return session.assumeIsolated { session in
            // The dialplan that called looks at the variables itself.
            if session.variable("outbound_redirect_info") != nil { return .fail(.redirectionToNewDestination) }
            return .transfer(
                TransferTarget(
                    number,
                    dialplan: session.variable("sip_redirect_dialplan") ?? "XML",
                    context: session.variable("sip_redirect_context") ?? "redirected"
                )
            )
        }
    }

    /// An address that cannot be called.
    private var unusable: Course {
        session.assumeIsolated { $0.setVariable("endpoint_disposition", "REDIRECT_ERROR") }
        return .fail(.destinationOutOfOrder)
    }

    /// Sends the INVITE to another address, as the same channel.
    private func call(again uri: SIPURI, _ message: SIPMessage) async {
        // The far end chose the name.
        guard let flow = await profile.flow(to: uri, for: .dialog) else {
            return refused(message, CauseMapping.cause(for: 503))
        }
        guard isWanted, var next = attempt else { return }
        guard let offer = offer(again: next) else { return refused(message, .normalCircuitCongestion) }
        next.visited.append(uri)
        next.invite.requestURI = uri.withoutOwnParameters
        next.invite.requestURI.headers = []
        if next.hidesCaller, flow.remote.address != next.invite.flow.remote.address {
            // What a carrier was told in confidence is for nobody whom it names (RFC 3325 §5).
            next.invite.headers.removeAll { Self.confidentialHeaders.contains($0.name) }
        }
        next.invite.flow = flow
        // RFC 3261 §8.1.3.4: To, From and Call-ID should stay.
        next.invite.callID = message.callID
        let isSecure = uri.scheme == .sips
        next.invite.contact = profile.contact(at: gateway, over: flow.transport, isSecure: isSecure)
        // Whoever the far end names may not have any password guessed.
        next.invite.account?.realm = gateway?.configuration.realm
        next.invite.asksForAccount = false
        next.invite.routes = []
        next.invite.body = .sdp(offer.description)
        begin(again: next)
    }
}

extension Profile {
    /// Whether a URI leads back to this switch: to our own address, or to a domain of the directory.
    fileprivate func isOwn(_ uri: SIPURI) async -> Bool {
        guard uri.isSIP, uri.port == nil || uri.port == advertisedEndpoint.port else { return false }
        if case .address(let address) = uri.host,
            address == configuration.listen.address || address == advertisedEndpoint.address
        {
            return true
        }
        return await softswitch.directory.domain(uri.hostText) != nil
    }
}
