import Base
import Logging
import MediaEngine
import SDP
import SIP
import SwitchCore

/// The SIP side of a channel: one call of the profile's user agent, its offer/answer state and its audio stream.
// @unchecked: confined to the profile's loop, which is the session's loop too.
final class SIPLeg: Leg, @unchecked Sendable {
    let session: Session
    let profile: Profile
    private(set) var call: CallHandle
    let isInbound: Bool
    var negotiation: OfferAnswer
    var stream: MediaStream?
    /// The INVITE of an inbound call.
    let invite: SIPMessage?
    /// How the call's messages travel.
    private(set) var transport: SIPTransportKind
    /// Whether nobody may see the call's messages on their way: it is for a `sips:` address (RFC 3261 §26.2.2).
    private(set) var isSecure: Bool
    /// Whether requests go where the peer is heard, whatever its Contact says: it is behind a NAT, or it was called by a
    /// route of its own.
    var keepsToPeer = false
    /// The context that transfers stay in which the peer asks for, because it has shown neither a password nor an address
    /// of a list: the one that its call came in by, wherever the dialplan has sent it since.
    var strangersContext: String?
    /// The gateway that a call goes by, or comes from.
    var gateway: Gateway?
    /// The other node that a call of ours goes by.
    var owner: ContactOwner?
    /// How a call of ours is made again, until it is answered.
    @Outlined private(set) var attempt: OutgoingAttempt?
    /// Whom a call of ours was for, as its To named him.
    let called: SIPURI?
    /// Whether the far end has asked for a password that nobody knows.
    var lacksPassword = false
    /// Counts the decisions about the dialog's next hop: of two look-ups the one that began later counts.
    private(set) var routing: UInt64 = 0
    /// The offer of an inbound call, while it is not answered.
    var pendingOffer: OfferedAudio?
    /// Whose description the caller gets in the place of ours, while it is not answered.
    @Outlined var descriptionToPass: SessionDescription?
    /// What hands on the peer's media as they are, where that was wanted.
    var relayedLines = RelayedLines()
    /// Whether somebody else is asked to answer an offer of the peer's.
    var awaitsPassedAnswer = false
    /// The format that a bridge would like best.
    private var preferredCodec: MediaCodec?
    /// Whether our offer went out in a 2xx, so that the ACK carries the answer.
    private var awaitsAnswerInACK = false
    /// Whether a final answer went out or came in.
    private(set) var isEstablished = false
    /// When our 2xx went out, until the ACK is there.
    private var answeredAt: MonotonicInstant?
    /// Whether the call is over for the user agent, so that nothing may be asked of it any more.
    private(set) var isOver = false {
        didSet {
            guard isOver else { return }
            dropProposals()
            relayedLines.close()
        }
    }
    /// How an inbound call is refused, in the place of what the cause would give.
    var refusal: Refusal?
    /// What we do with audio: both, or only send while we have the peer on hold.
    var localDirection = MediaDirection.sendRecv
    /// What a re-INVITE of ours proposes, while it is not answered.
    @Outlined var proposed: Proposal?
    /// What one is to propose, while it may not be sent.
    @Outlined var wanted: Proposal?
    /// What the peer said that it can do.
    var peer = PeerAbilities()
    /// The payload type of the keys that we send; `nil` where they are no events, or there is no audio.
    private(set) var keyEvents: UInt8?
    /// Whether the peer has refused a key in an INFO.
    var refusesKeys = false
    /// The REFER that the peer has not said yet what came of.
    var referral: Referral?
    /// Whether the peer was referred to somebody before.
    var hasReferred = false
    /// Whether a transfer that the peer asked for is on its way.
    var isTransferring = false

    /// A REFER of ours; another one that follows it is another object.
    final class Referral {
        /// The CSeq that it was sent with, by which its NOTIFYs name it.
        let cseq: UInt32?
        /// Whether it is the first of the dialog, whose NOTIFYs need not name it.
        let isFirst: Bool
        /// Ends the wait for a word about it, once the peer has taken it.
        var timer: (any LoopTimer)?

        init(cseq: UInt32?, isFirst: Bool) {
            (self.cseq, self.isFirst) = (cseq, isFirst)
        }

        /// Whether a NOTIFY with this `Event` is about this REFER, and not about an earlier one (RFC 3515 §2.4.6).
        ///
        /// Numbers only grow, and one that was challenged is sent again with a later one: what is below is of another.
        func isMeant(by event: String?) -> Bool {
            guard let id = SIPLeg.parameter("id", of: event) else { return isFirst }
            guard let number = UInt32(id), let cseq else { return false }
            return number >= cseq
        }
    }

    /// A final response that something else than the cause of the end chose.
    struct Refusal {
        var status: Int
        var reason: String?
        var headers: [SIPHeaderLine] = []
    }

    var technology: String { "sofia" }

    init(
        session: Session,
        profile: Profile,
        call: CallHandle,
        negotiation: OfferAnswer,
        transport: SIPTransportKind,
        stream: MediaStream? = nil,
        invite: SIPMessage? = nil,
        offer: OfferedAudio? = nil,
        attempt: OutgoingAttempt? = nil
    ) {
        (self.session, self.profile, self.call) = (session, profile, call)
        (self.negotiation, self.stream, self.invite) = (negotiation, stream, invite)
        (self.transport, self.attempt) = (transport, attempt)
        called = attempt?.invite.to.uri
        isSecure = (invite?.requestURI ?? attempt?.invite.requestURI)?.scheme == .sips
        isInbound = invite != nil
        pendingOffer = offer
        if let invite { peer.note(invite) }
    }

    /// What the far end offered, or what was agreed.
    var codecString: String {
        let list = negotiation.negotiated.map { [$0.codec.name] } ?? pendingOffer?.codecs.preferences.map(\.name) ?? []
        return list.joined(separator: ",")
    }

    var holdMusic: String? { profile.configuration.media.holdMusic }

    func prefer(_ codec: MediaCodec) {
        preferredCodec = codec
    }

    var now: MonotonicInstant { profile.loop.now }

    // MARK: - What the switch asks for

    func indicateRinging() {
        guard isInbound, !isOver, !isEstablished else { return }
        profile.userAgent.progress(call, status: 180, contact: contact, at: now)
        profile.drain()
    }

    func indicateEarlyMedia() throws(HangupCause) {
        guard isInbound, !isOver, !isEstablished else { return }
        guard let body = try describe() else {
            // There is no early media without an offer; the far end hears its own ringing meanwhile.
            profile.userAgent.progress(call, status: 180, contact: contact, at: now)
            profile.drain()
            return
        }
        profile.userAgent.progress(call, status: 183, body: body, contact: contact, at: now)
        profile.drain()
    }

    func answer() throws(HangupCause) {
        guard isInbound, !isOver, !isEstablished else { return }
        let body: SIPBody
        if let answer = try describe() {
            body = answer
        } else {
            body = try lateOffer()
        }
        isEstablished = true
        answeredAt = now
        profile.userAgent.answer(call, body: body, contact: contact, at: now)
        profile.drain()
    }

    func refuse(status: Int, reason: String?) -> HangupCause {
        refusal = Refusal(status: status, reason: reason)
        return CauseMapping.cause(for: status)
    }

    /// Says who ends the call where we do; the far end's own BYE, CANCEL or refusal has been noted before.
    func willHangUp() {
        guard !isOver else { return }
        let disposition = isEstablished ? "send_bye" : isInbound ? "send_refuse" : "send_cancel"
        session.assumeIsolated { $0.setVariable("sip_hangup_disposition", disposition) }
    }

    func hangUp(cause: HangupCause) {
        guard !isOver else { return }
        isOver = true
        let wish = session.assumeIsolated { $0.variable("ignore_completed_elsewhere") }
        let reason = CauseMapping.reason(for: cause, tellsElsewhere: wish?.isTrueSetting != true)
        if isInbound, !isEstablished {
            let status = refusal?.status ?? CauseMapping.status(for: cause)
            var headers = refusal?.headers ?? [reason]
            if status == 407 || status == 401 { headers += profile.challengeHeaders(for: invite, status: status) }
            profile.userAgent.reject(call, status: status, reason: refusal?.reason, headers: headers, at: now)
            profile.statistics.failedCallsIn &+= 1
            gateway?.calls.failedInbound &+= 1
        } else {
            profile.userAgent.hangUp(call, headers: [reason], at: now)
        }
        profile.drain()
    }

    /// Our Contact in this dialog.
    var contact: NameAddress {
        profile.contact(at: gateway, over: transport, isSecure: isSecure)
    }

    // MARK: - Descriptions

    /// Our answer to the offer that is open, or the one that was given already; `nil` without an offer.
    private func describe() throws(HangupCause) -> SIPBody? {
        if let passed = passedAnswer() { return passed }
        if pendingOffer == nil, !negotiation.isPassing {
            guard let local = negotiation.localDescription, negotiation.negotiated != nil else { return nil }
            return .sdp(local.description)
        }
        let codecs = codecsToAnswer()
        // What the call begins with, it may go on with: a phone offers that alone when it holds.
        if let codecs { negotiation.configuration.codecs = codecs }
        settleKeys()
        let local = try openStream()
        switch negotiation.makeAnswer(from: local, codecs: codecs, where: isPreferred) {
        case .answer(let description, let audio):
            apply(audio)
            return .sdp(description.description)
        case .incompatible, .noOffer:
            throw .incompatibleDestination
        }
    }

    /// The codecs that an answer may choose from, where the channel's variables limit them.
    ///
    /// With `inherit_codec` that of the called party is among them, whatever we would have taken from this one.
    private func codecsToAnswer() -> CodecList? {
        let (limit, inherits) = session.assumeIsolated { session in
            let limit = session.variable("absolute_codec_string") ?? session.variable("codec_string")
            return (limit.map { CodecList(parsing: $0) }, session.isTrue("inherit_codec"))
        }
        guard inherits, let preferredCodec else { return limit }
        let own = limit ?? negotiation.configuration.codecs
        guard !own.preferences.contains(where: isPreferred) else { return limit }
        let inherited = CodecList(parsing: "\(preferredCodec.name)@\(preferredCodec.clockRate)h")
        return CodecList(inherited.preferences + own.preferences)
    }

    /// What the codec of the call was to be chosen from.
    private var codecPreferences: String {
        let own = session.assumeIsolated { $0.variable("absolute_codec_string") ?? $0.variable("codec_string") }
        let media = profile.configuration.media
        return own ?? (isInbound ? media.inboundCodecs : media.outboundCodecs)
    }

    /// Whether a codec is the one that the bridge would like, so that nothing is transcoded.
    private func isPreferred(_ codec: CodecPreference) -> Bool {
        guard let preferredCodec else { return false }
        return codec.name.equalsIgnoringASCIICase(preferredCodec.name) && codec.clockRate == preferredCodec.clockRate
    }

    /// Our offer in a 2xx to an INVITE without one.
    private func lateOffer() throws(HangupCause) -> SIPBody {
        let local = try openStream()
        settleKeys()
        guard let offer = negotiation.makeOffer(from: local, codecs: codecsToAnswer()) else {
            throw .incompatibleDestination
        }
        awaitsAnswerInACK = true
        return .sdp(offer.description)
    }

    /// The address and port that our descriptions advertise; opens the stream when there is none yet.
    func openStream() throws(HangupCause) -> IPEndpoint {
        if let local = stream?.localEndpoint { return profile.advertised(local) }
        guard let opened = profile.openStream() else { throw .normalCircuitCongestion }
        stream = opened.stream
        return opened.advertised
    }

    /// Puts what was agreed in force.
    func apply(_ audio: NegotiatedAudio) {
        pendingOffer = nil
        relayedLines.close()
        guard let stream else { return }
        keyEvents = eventType(for: audio)
        let codec = MediaCodec(
            audio.codec.name,
            clockRate: audio.codec.clockRate,
            channels: audio.codec.channels,
            packetMilliseconds: audio.codec.ptimeMilliseconds
        )
        stream.update(parameters(audio, codec))
        session.assumeIsolated { session in
            session.attach(media: stream, codec: codec)
            session.note(codec, fmtp: audio.codec.formatParameters, list: codecPreferences)
            session.setVariable("rtp_audio_recv_pt", String(audio.receivePayloadType))
            session.setVariable("rtp_use_pt", String(audio.sendPayloadType))
            session.setVariable("rtp_use_ssrc", String(stream.ssrc))
            session.setVariable("local_media_ip", stream.localEndpoint.map { "\($0.address)" })
            session.setVariable("local_media_port", stream.localEndpoint.map { "\($0.port)" })
            session.setVariable("remote_media_ip", "\(audio.remote.address)")
            session.setVariable("remote_media_port", "\(audio.remote.port)")
            // Who is on hold may say in its answer that it sends nothing; that is no hold of its own.
            session.remoteHeld(audio.isHeldByRemote && localDirection.receives)
        }
    }

    private func parameters(_ audio: NegotiatedAudio, _ codec: MediaCodec) -> MediaParameters {
        var parameters = MediaParameters(codec: codec, payloadType: audio.sendPayloadType, remote: audio.remote)
        parameters.receivePayloadType = audio.receivePayloadType
        parameters.remoteRTCP = audio.rtcpRemote
        parameters.multiplexesRTCP = audio.multiplexesRTCP
        parameters.telephoneEventSend = keyEvents
        // Who gets events without an agreement may send them so.
        parameters.telephoneEventReceive = audio.telephoneEventReceive ?? keyEvents
        parameters.telephoneEventClockRate = audio.telephoneEventClockRate
        parameters.comfortNoise = audio.comfortNoise
        parameters.sends = audio.direction.sends
        parameters.receives = audio.direction.receives
        parameters.reportInterval = rtcpInterval
        parameters.timeout = profile.configuration.media.rtpTimeout
        parameters.holdTimeout = profile.configuration.media.rtpHoldTimeout
        return parameters
    }

    /// The channel's own interval before that of the profile.
    private var rtcpInterval: Duration? {
        let own = session.assumeIsolated { $0.variable("rtcp_audio_interval_msec") }
        return own.flatMap(MediaSettings.rtcpInterval) ?? profile.configuration.media.rtcpInterval
    }

    // MARK: - Offers and answers that come in

    /// Takes a description in a message of the peer as the answer to our offer.
    ///
    /// - Returns: Whether audio is agreed upon now; `nil` when the message carries no description.
    func takeAnswer(_ message: SIPMessage) -> Bool? {
        guard case .sdp(let bytes) = DescriptionInBody(message) else { return nil }
        guard let description = try? SessionDescription(parsing: bytes) else { return false }
        let isProvisional = message.status.map { $0 < 200 } ?? false
        switch negotiation.receivedAnswer(description, isProvisional: isProvisional) {
        case .negotiated(let audio):
            apply(audio)
            return true
        case .passed(let description):
            note(passed: description)
            return true
        case .unchanged: return true
        case .incompatible, .unexpected: return false
        }
    }

    /// The ACK to our 2xx: it carries the answer when our 2xx carried the offer.
    func acknowledged(_ message: SIPMessage) {
        if let answeredAt {
            self.answeredAt = nil
            profile.noteRoundTrip(since: answeredAt, over: profile.userAgent.source(of: call))
        }
        if awaitsAnswerInACK {
            awaitsAnswerInACK = false
            if takeAnswer(message) != true { session.requestHangUp(.incompatibleDestination) }
            if negotiation.isPassing { passAnswer() }
        }
        offerIfWanted()
    }

    /// A re-INVITE (or an UPDATE) of the peer: hold, resume, another address.
    func reinvited(_ message: SIPMessage) {
        if let offer = offerToPass(in: message) {
            pass(offer) { self.answerReinvite($0) }
        } else {
            answerReinvite(answerOffer(of: message))
        }
    }

    private func answerReinvite(_ answer: OfferResponse) {
        profile.userAgent.answerReinvite(
            call,
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
            at: now
        )
        profile.route(self)
        if answer.status < 300 { publishReinvite() }
        // No ACK is reported to an answer that refuses.
        if answer.status >= 300 { offerIfWanted() }
        profile.drain()
    }

    /// Takes the offer of a re-INVITE or an UPDATE, and says what to answer.
    func answerOffer(of message: SIPMessage) -> OfferResponse {
        let bytes: [UInt8]
        switch DescriptionInBody(message) {
        case .unsupported(let refusal): return refusal
        case .none: return message.method == .update ? OfferResponse(status: 200) : offerInResponse()
        case .sdp(let description): bytes = description
        }
        if pendingOffer != nil {
            // RFC 3311 §5.2: the offer of the INVITE has not been answered yet.
            return OfferResponse(status: 500, headers: [SIPHeaderLine(.retryAfter, "5")])
        }
        guard let description = try? SessionDescription(parsing: bytes) else { return OfferResponse(status: 400) }
        return answerOffer(description)
    }

    func answerOffer(_ description: SessionDescription) -> OfferResponse {
        switch negotiation.receivedOffer(description) {
        case .unchanged(let answer): return OfferResponse(status: 200, body: .sdp(answer.description))
        case .incompatible: return OfferResponse(status: 488)
        case .glare: return OfferResponse(status: 491)
        case .acceptable: break
        }
        guard let local = try? openStream() else { return OfferResponse(status: 503) }
        switch negotiation.makeAnswer(from: local, codecs: codecsToAnswer(), direction: localDirection) {
        case .answer(let answer, let audio):
            apply(audio)
            return OfferResponse(status: 200, body: .sdp(answer.description))
        case .incompatible, .noOffer: return OfferResponse(status: 488)
        }
    }

    /// Our offer in the 2xx to a re-INVITE without one; the ACK brings the answer.
    private func offerInResponse() -> OfferResponse {
        guard let offer = offerOfCall() else { return OfferResponse(status: 491) }
        awaitsAnswerInACK = true
        return OfferResponse(status: 200, body: .sdp(offer.description))
    }

    private func offerOfCall() -> SessionDescription? {
        if negotiation.isPassing { return negotiation.makePassedOfferAgain() }
        guard let local = try? openStream() else { return nil }
        return negotiation.makeOffer(from: local, direction: localDirection)
    }

    /// The number of a new decision about the dialog's next hop; the earlier ones are void.
    func nextRouting() -> UInt64 {
        routing &+= 1
        return routing
    }

    /// The user agent is done with the call.
    func noteOver() {
        isOver = true
    }

    func noteEstablished() {
        isEstablished = true
        attempt = nil
    }

    // MARK: - Once more

    /// A new offer for a call that is made again: what was agreed with the one before counts no longer.
    func offer(again attempt: OutgoingAttempt) -> SessionDescription? {
        negotiation = profile.makeNegotiation(codecs: profile.configuration.media.outboundCodecs, keys: keyType)
        if let passed = attempt.passed { return negotiation.makeOffer(passing: relayed(passed)) }
        guard let local = try? openStream() else { return nil }
        return negotiation.makeOffer(from: local, codecs: attempt.codecs)
    }

    /// Makes the call, which is over for the user agent, again.
    func begin(again next: OutgoingAttempt) {
        call = profile.userAgent.invite(next.invite, at: now)
        (attempt, transport, peer) = (next, next.invite.flow.transport, PeerAbilities())
        (isOver, keepsToPeer, refusesKeys) = (false, false, false)
        isSecure = next.invite.requestURI.scheme == .sips
        profile.legs[call] = self
        profile.drain()
    }
}
