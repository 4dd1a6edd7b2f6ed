import Base
import MediaEngine
import SDP
import SIP
import SwitchCore

/// Media that go past the switch, or through it as they are: the peer gets the description of whoever it exchanges them
/// with.
extension SIPLeg {
    var farDescription: String? { negotiation.latestRemoteDescription?.description }

    func pass(_ description: String?) {
        descriptionToPass = description.flatMap(Self.parse).map(relayed)
        if descriptionToPass == nil { relayedLines.close() }
    }

    var relays: [MediaStream?] { relayedLines.streams }

    /// Somebody else's description as the peer gets it: with our addresses where the media are handed on here.
    func relayed(_ description: SessionDescription) -> SessionDescription {
        guard session.assumeIsolated({ $0.relaysMedia }) else { return description }
        return relayedLines.relay(description) { profile.openStream() }
    }

    func exchange(for description: String) async -> String? {
        // Two that wait for one another would wait for ever.
        guard !awaitsPassedAnswer, let passed = Self.parse(description),
            await proposing({ $0.passed = relayed(passed) })
        else { return nil }
        return farDescription
    }

    func reclaimMedia() async -> Bool {
        await proposing { $0.passed = nil }
    }

    func closeStream() {
        stream?.close()
        stream = nil
    }

    private static func parse(_ description: String) -> SessionDescription? {
        try? SessionDescription(parsing: Array(description.utf8))
    }

    /// The answer to the caller that somebody else has given; `nil` when it is ours to give.
    func passedAnswer() -> SIPBody? {
        guard let descriptionToPass, let answer = negotiation.makeAnswer(passing: descriptionToPass) else { return nil }
        pendingOffer = nil
        if let offer = negotiation.remoteDescription { note(passed: offer) }
        return .sdp(answer.description)
    }

    /// The peer's media go past us, as it has described them.
    func note(passed description: SessionDescription) {
        closeStream()
        let media = profile.configuration.media
        relayedLines.update(
            from: description,
            timeout: { $0 == .sendRecv ? media.rtpTimeout : media.rtpHoldTimeout },
            onTimeout: { [session] in session.loop.execute { session.assumeIsolated { $0.mediaTimedOut() } } }
        )
        session.assumeIsolated { session in
            session.mediaPassed()
            session.setVariable("switch_r_sdp", Template.neutralized(description.description))
            guard let audio = description.audio else { return }
            let address = description.connection(of: audio)?.address
            session.setVariable("remote_media_ip", address.map { "\($0)" })
            session.setVariable("remote_media_port", String(audio.port))
        }
    }

    // MARK: - Offers of the peer

    /// The offer in a re-INVITE or an UPDATE that is not for us to answer.
    func offerToPass(in message: SIPMessage) -> SessionDescription? {
        guard negotiation.isPassing, case .sdp(let bytes) = DescriptionInBody(message) else { return nil }
        return try? SessionDescription(parsing: bytes)
    }

    /// Has an offer answered by whoever the peer exchanges media with.
    func pass(_ offer: SessionDescription, _ respond: @escaping @Sendable (OfferResponse) -> Void) {
        switch negotiation.receivedOffer(toPass: offer) {
        case .glare: respond(OfferResponse(status: 491))
        case .unchanged(let answer): respond(OfferResponse(status: 200, body: .sdp(answer.description)))
        case .pass:
            awaitsPassedAnswer = true
            // One task for an offer: the other far end has to be asked.
            Task.immediate(executorPreference: profile.loop) {
                let answer = await self.session.answer(toOffer: offer.description, holds: offer.holdsAudio)
                self.awaitsPassedAnswer = false
                guard !self.isOver else { return }
                respond(self.take(answer, to: offer))
                await self.session.offerAnswered()
            }
        }
    }

    private func take(_ answer: Session.PassedOffer, to offer: SessionDescription) -> OfferResponse {
        switch answer {
        case .answer(let text):
            guard let other = Self.parse(text), let answer = negotiation.makeAnswer(passing: relayed(other))
            else { break }
            note(passed: offer)
            session.assumeIsolated { $0.remoteHeld(offer.holdsAudio) }
            return OfferResponse(status: 200, body: .sdp(answer.description))
        case .ours: return answerOffer(offer)
        case .refusal: break
        }
        negotiation.exchangeFailed()
        return OfferResponse(status: 488)
    }

    /// The peer took an offer back before it was answered.
    func offerWithdrawn() {
        negotiation.exchangeFailed()
        offerIfWanted()
    }

    /// The ACK has brought the peer's answer to an offer that somebody else's description made: that one gets it.
    func passAnswer() {
        guard let description = negotiation.remoteDescription else { return }
        Task.immediate(executorPreference: profile.loop) {
            _ = await self.session.answer(toOffer: description.description, holds: false)
        }
    }
}
