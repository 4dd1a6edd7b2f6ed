import Base
import SDP
import SIP
import SwitchCore

/// What a re-INVITE of ours wants.
struct Proposal {
    /// What we do with audio: both, or only send while we have the peer on hold (RFC 3264 §8.4).
    var direction: MediaDirection
    /// The codecs to choose from, where it is about those.
    var codecs: CodecList?
    /// Whose description the peer gets in the place of ours, where media are to go past us.
    var passed: SessionDescription?
    /// Told whether the peer has agreed, or that it cannot be asked.
    var replies: [(Bool) -> Void] = []

    func end(_ isAgreed: Bool) {
        for reply in replies { reply(isAgreed) }
    }
}

/// re-INVITEs of ours: hold, other codecs, media that go elsewhere.
extension SIPLeg {
    func proposeHold(_ isWanted: Bool) -> Bool {
        guard negotiation.negotiated != nil else { return false }
        propose { $0.direction = isWanted ? .sendOnly : .sendRecv }
        return true
    }

    func propose(codecs text: String) -> Bool {
        let codecs = CodecList(parsing: text)
        guard negotiation.negotiated != nil, !codecs.preferences.isEmpty else { return false }
        propose { $0.codecs = codecs }
        return true
    }

    /// Has the peer asked for something, with the direction and the codecs that there are unless it is about those.
    ///
    /// It waits for the ACK, and for other re-INVITEs in either direction to be over (RFC 3261 §14.1).
    func propose(_ change: (inout Proposal) -> Void) {
        var proposal = wanted ?? Proposal(direction: localDirection)
        change(&proposal)
        wanted = proposal
        offerIfWanted()
    }

    /// Has the peer asked for something, and waits for its answer: whether it has agreed.
    func proposing(_ change: (inout Proposal) -> Void) async -> Bool {
        guard isEstablished, !isOver else { return false }
        return await withCheckedContinuation { continuation in
            propose { proposal in
                change(&proposal)
                proposal.replies.append { continuation.resume(returning: $0) }
            }
        }
    }

    /// Sends the re-INVITE that had to wait.
    func offerIfWanted() {
        guard !isOver, let wanted, !negotiation.isExchangeOpen else { return }
        guard let offer = makeOffer(wanted) else {
            self.wanted = nil
            return wanted.end(false)
        }
        let headers = [SIPHeaderLine(.contact, contact.description)]
        guard profile.userAgent.reinvite(call, headers: headers, body: .sdp(offer.description), at: now) else {
            return negotiation.exchangeFailed()
        }
        (proposed, self.wanted) = (wanted, nil)
        profile.drain()
    }

    private func makeOffer(_ proposal: Proposal) -> SessionDescription? {
        if let passed = proposal.passed { return negotiation.makeOffer(passing: passed) }
        guard let local = try? openStream() else { return nil }
        return negotiation.makeOffer(from: local, codecs: proposal.codecs, direction: proposal.direction)
    }

    /// A 2xx to our re-INVITE.
    func reinviteAnswered(_ message: SIPMessage) {
        let proposal = takeProposed()
        if let proposal { localDirection = proposal.direction }
        let isAgreed = takeAnswer(message) == true
        if !isAgreed { proposalFailed() }
        profile.route(self) { [profile, call, weak self] in
            profile.userAgent.acknowledge(call, at: profile.loop.now)
            self?.offerIfWanted()
            profile.drain()
        }
        proposal?.end(isAgreed)
    }

    /// Our re-INVITE was refused or not answered: everything stays as it was (RFC 3261 §14.1).
    func reinviteFailed() {
        let proposal = takeProposed()
        proposalFailed()
        offerIfWanted()
        proposal?.end(false)
    }

    /// Our re-INVITE has to wait until one of the peer's is over (RFC 3261 §14.1), and is made anew then.
    func reinviteGaveWay() {
        negotiation.exchangeFailed()
        guard var proposal = takeProposed() else { return }
        if let wanted {
            // What was wanted in the meantime counts.
            proposal.direction = wanted.direction
            proposal.codecs = wanted.codecs ?? proposal.codecs
            proposal.passed = wanted.passed ?? proposal.passed
            proposal.replies += wanted.replies
        }
        wanted = proposal
    }

    /// The call is over: nobody will answer any more.
    func dropProposals() {
        let open = [takeProposed(), wanted]
        wanted = nil
        for proposal in open { proposal?.end(false) }
    }

    private func takeProposed() -> Proposal? {
        defer { proposed = nil }
        return proposed
    }

    private func proposalFailed() {
        negotiation.exchangeFailed()
        // It would have been for audio that stays elsewhere.
        if negotiation.isPassing { closeStream() }
    }
}
