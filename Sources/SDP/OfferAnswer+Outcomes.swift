/// Whose wishes win when we answer an offer (`inbound-codec-negotiation`).
public enum CodecNegotiation: String, Hashable, Sendable {
    /// The first codec of the other side's list that we have, with the packet time that it asks for.
    case generous
    /// The first codec of our list that the other side has, with the packet time that it asks for.
    case greedy
    /// As greedy, and with our packet time whatever the other side asks for.
    case scrooge
}

/// Why an exchange came to nothing; each is a 488 in SIP.
public enum OfferAnswerFailure: Hashable, Sendable {
    /// No usable audio line: none at all, port 0, an unknown transport, or all rejected.
    case noAudio
    /// Both sides have audio but no codec in common.
    case noCommonCodec
    /// The connection address is missing, or is a host name, which is not looked up.
    case unusableAddress
}

/// What to do after an offer came in.
public enum OnOffer: Hashable, Sendable {
    /// It can be answered with ``OfferAnswer/makeAnswer(from:codecs:direction:)``.
    case acceptable(OfferedAudio)
    /// It says the same as what is in force (a session refresh): send this answer again.
    case unchanged(answer: SessionDescription)
    /// Reject with 488; what was in force stays in force.
    case incompatible(OfferAnswerFailure)
    /// Our own offer is still open: reject with 491 (RFC 3261 §14.2).
    case glare
}

/// What an offer asks for, before it is decided how to answer.
public struct OfferedAudio: Hashable, Sendable {
    /// Every codec of the audio line in the order offered, those unknown here included.
    public var codecs: CodecList
    /// The direction that the other side wants, as it sees it; `c=0.0.0.0` counts as not receiving.
    public var direction: MediaDirection
    /// Whether the other side asks not to be sent audio.
    public var isHold: Bool { !direction.receives }
}

/// What follows from an answer that came in.
public enum OnAnswer: Hashable, Sendable {
    /// From now on this is in force.
    case negotiated(NegotiatedAudio)
    /// The same answer came before (183 and then 200): nothing changes.
    case unchanged(NegotiatedAudio)
    /// It is for whose description we offered: media go past us from now on.
    case passed(SessionDescription)
    /// The other side took nothing that we offered; what was in force stays in force.
    case incompatible(OfferAnswerFailure)
    /// No offer of ours is open.
    case unexpected
}

/// What to do after an offer came in that somebody else shall answer.
public enum OnOfferToPass: Hashable, Sendable {
    /// Hand it on, and answer with ``OfferAnswer/makeAnswer(passing:)``.
    case pass
    /// It says the same as what is in force (a session refresh): send this answer again.
    case unchanged(answer: SessionDescription)
    /// Our own offer is still open: reject with 491 (RFC 3261 §14.2).
    case glare
}

/// What came out of answering.
public enum OnMakeAnswer: Hashable, Sendable {
    /// Send the description; the agreement is in force.
    case answer(SessionDescription, NegotiatedAudio)
    /// Reject with 488; what was in force stays in force.
    case incompatible(OfferAnswerFailure)
    /// There is nothing to answer.
    case noOffer
}
