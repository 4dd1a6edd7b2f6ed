import Base
import MediaEngine
import SDP
import SIP
import SwitchCore

/// What the far end does, as the user agent tells it.
extension SIPLeg {
    /// A provisional response to our INVITE.
    func progressed(_ message: SIPMessage) {
        guard let status = message.status else { return }
        peer.note(message)
        profile.route(self)
        let hasMedia = takeAnswer(message) == true
        session.assumeIsolated { session in
            if status == 180 || status == 182 { session.remoteRinging() }
            if hasMedia { session.remoteEarlyMedia() }
        }
    }

    /// A 2xx to our INVITE.
    func answered(_ message: SIPMessage) {
        guard !isOver else { return }
        noteEstablished()
        peer.note(message)
        // The ACK goes where the 2xx says (RFC 3261 §13.2.2.4).
        profile.route(self) { self.acknowledge(message) }
    }

    private func acknowledge(_ message: SIPMessage) {
        guard !isOver else { return }
        profile.userAgent.acknowledge(call, at: profile.loop.now)
        profile.drain()
        // A description that came with a 183 counts when the 2xx has none (RFC 3261 §13.2.1).
        let isAgreed = takeAnswer(message) ?? negotiation.isAgreed
        session.assumeIsolated { session in
            session.setVariable("sip_term_status", "200")
            if isAgreed { session.remoteAnswered() } else { session.hangUp(.incompatibleDestination) }
        }
    }

    /// A final response of 300 or more to our INVITE.
    func rejected(_ message: SIPMessage) {
        noteOver()
        if let redirection = Redirection(message) { return redirected(redirection, message) }
        let usual = lacksPassword ? HangupCause.mandatoryIeMissing : CauseMapping.cause(for: message.status ?? 500)
        refused(message, CauseMapping.cause(of: message, default: usual))
    }

    /// Our call has failed with a final response.
    func refused(_ message: SIPMessage, _ cause: HangupCause) {
        let status = message.status ?? 500
        profile.statistics.failedCallsOut &+= 1
        gateway?.calls.failedOutbound &+= 1
        session.assumeIsolated { session in
            session.note(status, cause)
            session.noteEnd("recv_refuse")
            session.hangUp(cause)
        }
    }

    /// Our INVITE got no final response.
    func failed(_ failure: TransactionFailure) {
        noteOver()
        if failure == .timeout, let owner { profile.store?.noteSilence(of: owner.host) }
        profile.statistics.failedCallsOut &+= 1
        gateway?.calls.failedOutbound &+= 1
        // Like a response of the peer (RFC 3261 §8.1.3.1).
        let (status, cause): (Int, HangupCause) =
            switch failure {
            case .timeout: (408, CauseMapping.cause(for: 408))
            case .transport: (503, CauseMapping.cause(for: 503))
            case .limit, .noDialog: (503, .switchCongestion)
            }
        session.assumeIsolated { session in
            session.note(status, cause)
            session.hangUp(cause)
        }
    }

    /// The caller gave up before the answer.
    func cancelled(_ message: SIPMessage) {
        noteOver()
        session.assumeIsolated { session in
            session.noteEnd("recv_cancel")
            session.hangUp(CauseMapping.cause(of: message, default: .originatorCancel))
        }
    }

    /// The call is over: the peer's BYE, or it died.
    func ended(_ message: SIPMessage?) {
        noteOver()
        session.assumeIsolated { session in
            if let message {
                let cause = CauseMapping.cause(of: message, default: .normalClearing)
                session.note(200, cause)
                session.noteEnd("recv_bye")
                session.hangUp(cause)
            } else {
                session.hangUp(.normalTemporaryFailure)
            }
        }
    }

    /// A request inside the call's dialog.
    func received(_ message: SIPMessage, _ transaction: TransactionHandle) {
        switch message.method {
        case .info:
            receivedInfo(message)
            publishInfo(message)
            profile.respond(transaction, 200)
        case .update:
            if let offer = offerToPass(in: message) {
                pass(offer) { self.answer(update: transaction, $0) }
            } else {
                answer(update: transaction, answerOffer(of: message))
            }
        case .options:
            profile.respond(transaction, 200, headers: [DescriptionInBody.accepted])
        case .prack:
            // RFC 3262 §3: no provisional response of ours waits for one.
            profile.respond(transaction, 481)
        case .notify:
            profile.respond(transaction, 200)
            receivedReferralNotice(message)
        case .refer:
            receivedRefer(message, transaction)
        case .message:
            profile.receivedMessage(message, transaction, in: self)
        default:
            profile.respond(transaction, 501)
        }
    }

    private func answer(update transaction: TransactionHandle, _ answer: OfferResponse) {
        profile.respond(transaction, answer.status, headers: answer.headers, body: answer.body)
        profile.route(self)
    }
}

extension Session {
    /// Sets the variables that tell how the far end ended the call.
    fileprivate func note(_ status: Int, _ cause: HangupCause) {
        setVariable("sip_term_status", String(status))
        setVariable("proto_specific_hangup_cause", "sip:\(status)")
        setVariable("sip_term_cause", String(cause.rawValue))
    }

    /// Says what of the far end's ended the call, unless we had ended it before: a CANCEL of ours is answered with a refusal.
    fileprivate func noteEnd(_ disposition: String) {
        guard !isOver else { return }
        setVariable("sip_hangup_disposition", disposition)
    }

    /// Sets the variables that tell of the codec that was agreed on.
    func note(_ codec: MediaCodec, fmtp: String?, list: String) {
        let text = "\(codec.name)@\(codec.clockRate)h@\(codec.packetMilliseconds)i@\(codec.channels)c"
        for (name, value) in [
            ("rtp_use_codec_string", list), ("rtp_use_codec_name", codec.name), ("rtp_use_codec_fmtp", fmtp),
            ("rtp_use_codec_rate", String(codec.clockRate)),
            ("rtp_use_codec_ptime", String(codec.packetMilliseconds)),
            ("rtp_use_codec_channels", String(codec.channels)), ("rtp_last_audio_codec_string", text),
        ] as [(String, String?)] { setVariable(name, value.map(Template.neutralized)) }
    }
}
