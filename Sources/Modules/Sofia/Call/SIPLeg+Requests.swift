import Base
import SDP
import SIP
import SwitchCore

/// What the switch asks of the far end beyond answering and hanging up.
extension SIPLeg {
    /// How long the far end may take to call whom it was referred to, before the call ends without a word about it.
    private static let referralTime = Duration.seconds(10)

    func perform(_ request: LegRequest) -> Bool {
        guard !isOver else { return false }
        if case .redirect(let targets) = request { return redirect(to: targets) }
        if case .progress(let status, let reason) = request { return indicateProgress(status, reason) }
        if case .key(let key, let milliseconds) = request { return tell(key, milliseconds) }
        guard isEstablished else { return false }
        switch request {
        case .hold(let isWanted): return proposeHold(isWanted)
        case .renegotiate(let codecs): return propose(codecs: codecs ?? profile.configuration.media.outboundCodecs)
        case .display(let name, let number): return display(name, number)
        case .deflect(let target): return refer(to: target)
        case .info(let type, let text):
            send(.info, body: SIPBody(Array(text.utf8), contentType: type))
            return true
        case .message(let type, let text):
            let isForced = session.assumeIsolated { $0.isTrue("fs_send_unsupported_message") }
            guard peer.takesMessages || isForced else { return false }
            send(.message, body: SIPBody(Array(text.utf8), contentType: type))
            return true
        case .notify(let event, let type, let text):
            return notify(event, .over, SIPBody(Array(text.utf8), contentType: type))
        case .phoneEvent(let name): return notify(name, .active)
        case .redirect, .progress, .key: return false
        }
    }

    /// A provisional response of the dialplan's own (RFC 3261 §21.1).
    private func indicateProgress(_ status: Int, _ reason: String?) -> Bool {
        guard isInbound, !isEstablished else { return false }
        profile.userAgent.progress(call, status: status, reason: reason, contact: contact, at: now)
        profile.drain()
        return true
    }

    /// Tells the phone of something: to press a key of its own (`talk`, `hold`: the NOTIFY that many phones take for it), or
    /// what a program wants it to know.
    private func notify(_ event: String, _ state: NoticeState, _ body: SIPBody? = nil) -> Bool {
        guard !event.isEmpty, event.isVisibleASCII else { return false }
        sendNotice(event, state, body)
        return true
    }

    /// Sends a NOTIFY inside the dialog; `done` hears the final response, or that there is none.
    func sendNotice(
        _ event: String,
        _ state: NoticeState,
        _ body: SIPBody?,
        done: @escaping (SIPMessage?) -> Void = { _ in }
    ) {
        let headers = [SIPHeaderLine(.event, event), state.line, SIPHeaderLine(.contact, contact.description)]
        send(.notify, headers: headers, body: body, done: done)
    }

    /// Sends a request inside the dialog; `done` hears the final response, or that there is none.
    func send(
        _ method: SIPMethod,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil,
        done: @escaping (SIPMessage?) -> Void = { _ in }
    ) {
        let transaction = profile.userAgent.sendInDialog(call, method: method, headers: headers, body: body, at: now)
        profile.pendingRequests[transaction] = done
        profile.drain()
    }

    // MARK: - Display

    /// Tells the peer whom it talks to, in the way that it understands.
    private func display(_ name: String, _ number: String) -> Bool {
        let uri = SIPURI(user: number, host: .address(profile.advertisedEndpoint.address))
        let identity = NameAddress(uri, displayName: name.isEmpty ? nil : name)
        if peer.takesDisplayUpdates {
            let headers = [SIPHeaderLine("X-FS-Display-Name", name), SIPHeaderLine("X-FS-Display-Number", number)]
            send(.info, headers: headers, body: SIPBody([], contentType: "message/update_display"))
        } else if peer.takesUpdate {
            let isAsserted = profile.configuration.callerIDType == .assertedIdentity
            let header =
                isAsserted
                ? SIPHeaderLine(.pAssertedIdentity, identity.description)
                : SIPHeaderLine(.remotePartyID, "\(identity);party=calling;privacy=off;screen=no")
            send(.update, headers: [header, SIPHeaderLine(.contact, contact.description)]) { [weak self] _ in
                guard let self else { return }
                profile.route(self)
            }
        } else if peer.isSnom {
            send(.info, body: SIPBody(Array("From:\r\nTo: \(identity)\r\n".utf8), contentType: "message/sipfrag"))
        } else {
            return false
        }
        return true
    }

    // MARK: - Calling somebody else

    /// 302 with the target as Contact, 300 with several.
    private func redirect(to targets: String) -> Bool {
        guard isInbound, !isEstablished else { return false }
        let contacts = targets.split(separator: ",").map { Self.target(String($0), at: profile) }
        guard !contacts.isEmpty else { return false }
        refusal = Refusal(
            status: contacts.count == 1 ? 302 : 300,
            headers: contacts.map { SIPHeaderLine(.contact, $0) }
        )
        session.assumeIsolated { $0.hangUp(.redirectionToNewDestination) }
        return true
    }

    /// REFER (RFC 3515): the peer calls the target itself, and the call ends when it has.
    private func refer(to target: String) -> Bool {
        session.assumeIsolated { $0.setVariable("sip_refer_reply", nil) }
        let headers = [
            SIPHeaderLine(.referTo, Self.target(target, at: profile)),
            SIPHeaderLine(.referredBy, contact.description),
            SIPHeaderLine(.contact, contact.description),
        ]
        referral?.timer?.cancel()
        // The NOTIFY may be faster than the response, so the number is needed before that.
        let cseq = profile.userAgent.lastCSeq(of: call).map { $0 &+ 1 }
        let referral = Referral(cseq: cseq, isFirst: !hasReferred)
        (self.referral, hasReferred) = (referral, true)
        send(.refer, headers: headers) { [weak self] response in
            guard let self, !isOver, self.referral === referral else { return }
            guard let response, let status = response.status else {
                referralEnded(status: 408, "no reply")
                return
            }
            session.assumeIsolated { $0.setVariable("sip_refer_status_code", String(status)) }
            guard status < 300 else {
                referralEnded(status: status, "SIP/2.0 \(status) \(response.reasonPhrase)")
                return
            }
            referral.timer = profile.loop.schedule(at: now + Self.referralTime) { [weak self] in
                self?.referralEnded(status: status, "no reply")
            }
        }
        return true
    }

    /// A NOTIFY about our REFER carries the status line of the peer's new call (RFC 3515 §2.4.5).
    func receivedReferralNotice(_ message: SIPMessage) {
        publishReferralNotice(message)
        guard referral?.isMeant(by: message.first(.event)) == true, message.hasContentType("message/sipfrag") else {
            return
        }
        let line = message.bodyText.prefix { !$0.isNewline }
        let parts = line.split(separator: " ", maxSplits: 2)
        guard parts.count > 1, parts[0].hasPrefix("SIP/2.0"), let status = Int(parts[1]), status >= 200 else { return }
        referralEnded(status: status, String(line))
    }

    private func referralEnded(status: Int, _ reply: String) {
        referral?.timer?.cancel()
        referral = nil
        session.assumeIsolated { session in
            session.setVariable("sip_refer_reply", Template.neutralized(reply.withoutControls))
            if status < 300 { session.hangUp(.blindTransfer) } else { session.wake() }
        }
    }

    /// `<sip:…>` of a URI, of `user@host` or of a number here; what is in angle brackets stays as it is.
    private static func target(_ text: String, at profile: Profile) -> String {
        let text = text.filter { $0 != " " }
        if text.contains("<") { return text }
        if SIPURI(text).map({ $0.isSIP || $0.scheme == .tel }) == true { return "<\(text)>" }
        if text.contains("@") { return "<sip:\(text)>" }
        return NameAddress(SIPURI(user: text, host: .address(profile.advertisedEndpoint.address))).description
    }
}
