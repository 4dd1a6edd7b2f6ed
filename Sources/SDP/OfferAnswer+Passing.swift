import Base

/// Media that go past us: the descriptions of two others are passed on in our name, whatever is in them (RFC 3725).
extension OfferAnswer {
    /// Whether media go past us by what is in force.
    public var isPassing: Bool { agreement.map { $0.terms == nil } ?? false }

    /// Whether anything is in force.
    public var isAgreed: Bool { agreement != nil }

    /// What the other side said last about its media, be it answered or not.
    public var latestRemoteDescription: SessionDescription? {
        switch phase {
        case .received(let offer, _), .offerToPass(let offer): offer
        default: agreement?.remote
        }
    }

    var ownOfferIsOpen: Bool {
        switch phase {
        case .offered, .passedOffer: true
        default: false
        }
    }

    /// Offers what somebody else says of its media; `nil` while another exchange is not finished.
    public mutating func makeOffer(passing other: SessionDescription) -> SessionDescription? {
        guard !isExchangeOpen else { return nil }
        phase = .passedOffer
        // A later offer has all media lines of the session (RFC 3264 §8).
        return pass(other, besides: agreement?.local.media ?? [])
    }

    /// Offers again what is in force of somebody else's; `nil` while another exchange is not finished.
    public mutating func makePassedOfferAgain() -> SessionDescription? {
        guard isPassing, let agreement else { return nil }
        return makeOffer(passing: agreement.local)
    }

    /// Takes an offer that somebody else shall answer.
    public mutating func receivedOffer(toPass offer: SessionDescription) -> OnOfferToPass {
        if ownOfferIsOpen { return .glare }
        if let agreement, isPassing, !isExchangeOpen, agreement.remote == offer {
            return .unchanged(answer: agreement.local)
        }
        phase = .offerToPass(offer)
        return .pass
    }

    /// Answers the offer that was taken with what somebody else says of its media; `nil` without an offer.
    public mutating func makeAnswer(passing other: SessionDescription) -> SessionDescription? {
        let offer: SessionDescription
        switch phase {
        case .received(let description, let audio), .answeredByUs(let description, let audio):
            offer = description
            phase = .answeredByUs(description, audio)
        case .offerToPass(let description), .answeredByOther(let description):
            offer = description
            phase = .answeredByOther(description)
        case .idle, .offered, .answeredByThem, .passedOffer, .passedAnswer: return nil
        }
        // An answer has the lines of the offer, neither more nor less (RFC 3264 §6).
        var answer = other
        answer.media = Array(other.media.prefix(offer.media.count))
        let signed = pass(answer, besides: offer.media)
        agreement = Agreement(local: signed, remote: offer, terms: nil)
        return signed
    }

    /// Takes the answer to an offer that said what somebody else has said.
    mutating func takePassed(_ answer: SessionDescription) -> OnAnswer {
        guard let localDescription else { return .unexpected }
        phase = .passedAnswer
        agreement = Agreement(local: localDescription, remote: answer, terms: nil)
        return .passed(answer)
    }

    /// Another's description in our name; lines of the session that it does not have are rejected.
    private mutating func pass(_ other: SessionDescription, besides lines: [MediaDescription]) -> SessionDescription {
        var description = other
        description.sessionName = configuration.sessionName
        description.media += lines.dropFirst(other.media.count).map(\.rejected)
        return sign(description)
    }
}

extension SessionDescription {
    /// The first line of sound that is not rejected.
    public var audio: MediaDescription? {
        media.first { $0.kind.equalsIgnoringASCIICase("audio") && $0.port != 0 }
    }

    /// Whether the describing side asks not to be sent sound (RFC 3264 §8.4).
    public var holdsAudio: Bool {
        guard let audio else { return false }
        return !direction(of: audio).receives || connection(of: audio)?.address?.isUnspecified == true
    }
}
