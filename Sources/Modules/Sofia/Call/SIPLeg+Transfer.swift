import Base
import Logging
import SIP
import SwitchCore

/// Transfers that phones ask for (RFC 3515, RFC 5589): whom the phone talks to is sent elsewhere, and its own call ends.
extension SIPLeg {
    /// What came of a REFER, for its NOTIFY.
    private enum TransferOutcome: String {
        case trying = "100 Trying"
        case done = "200 OK"
        case nobodyToTransfer = "403 Forbidden"
        case noSuchDialog = "481 Call Does Not Exist"
    }

    /// A REFER inside the dialog.
    func receivedRefer(_ message: SIPMessage, _ transaction: TransactionHandle) {
        let targets = message.addresses(.referTo)
        guard mayBeTransferred else { return profile.respond(transaction, 403) }
        guard targets.count == 1, let target = targets.first?.uri, target.isSIP || target.scheme == .tel,
            let number = target.plainUser, !number.isEmpty
        else { return profile.respond(transaction, 400, reason: "Bad Refer-To") }
        // One at a time; a second one would find nobody to transfer.
        guard isEstablished, !isTransferring else { return profile.respond(transaction, 491) }
        isTransferring = true
        profile.respond(transaction, 202)
        notify(.trying, of: message)
        let replaces = target.headers.first { $0.name.equalsIgnoringASCIICase("Replaces") }
        // One task for a transfer: the other side of the bridge has to let go first.
        Task.immediate(executorPreference: profile.loop) {
            let outcome =
                if let replaces {
                    await self.transfer(to: Replaces(PercentEncoding.decode(replaces.value ?? "")), message)
                } else {
                    await self.transfer(to: number, message)
                }
            self.isTransferring = false
            self.notify(outcome, of: message, cause: replaces == nil ? .blindTransfer : .attendedTransfer)
        }
    }

    var takeoverAddress: String? {
        guard isEstablished, !isOver, let target = profile.userAgent.remoteTarget(of: call),
            let dialog = profile.userAgent.dialogIdentity(of: call), let peerTag = dialog.remoteTag
        else { return nil }
        // The tags as the peer sees them (RFC 3891 §3).
        let replaces = "\(dialog.callID);to-tag=\(peerTag);from-tag=\(dialog.localTag)"
        var uri = target
        uri.headers = []
        return "<\(uri)?Replaces=\(PercentEncoding.encode(replaces))>"
    }

    /// `user@host` of the far end: From of a call that came, To of one that we made.
    fileprivate var party: String {
        let uri = invite?.from.uri ?? called
        return uri.map { "\($0.plainUser ?? "")@\($0.hostText)" } ?? ""
    }

    /// Whether profile and channel allow that somebody on the wire sends the call elsewhere.
    fileprivate var mayBeTransferred: Bool {
        !profile.configuration.disablesTransfer
            && session.assumeIsolated { $0.variable("deny_refer_requests")?.isTrueSetting != true }
    }

    /// The state of the transfer as a SIP fragment (RFC 3515 §2.4.4); when it is done, our call ends behind it.
    private func notify(_ outcome: TransferOutcome, of refer: SIPMessage, cause: HangupCause = .normalClearing) {
        guard !isOver else { return }
        let fragment = Array("SIP/2.0 \(outcome.rawValue)\r\n".utf8)
        let body = SIPBody(fragment, contentType: "message/sipfrag;version=2.0")
        sendNotice("refer;id=\(refer.cseq)", outcome == .trying ? .underWay : .over, body) { [session] _ in
            if outcome == .done { session.requestHangUp(cause) }
        }
    }

    /// A blind transfer: the other side is routed to the number.
    private func transfer(to number: String, _ refer: SIPMessage) async -> TransferOutcome {
        guard let other = await session.releasePartner() else { return .nobodyToTransfer }
        let own = await session.transferContext
        let theirs = await other.transferContext
        let context = own ?? theirs ?? strangersContext
        await other.note(refer)
        await publishTransfer(.transferor, of: session)
        await publishTransfer(.transferee, of: other)
        await other.divert(to: number, context: context)
        return .done
    }

    /// An attended transfer: the other side takes the phone's place in its second call.
    private func transfer(to dialog: Replaces?, _ refer: SIPMessage) async -> TransferOutcome {
        guard let dialog, let second = profile.leg(of: dialog), second !== self else { return .noSuchDialog }
        guard let target = await second.session.partner else {
            // The second call talks to nobody but the switch: the other side goes where that went.
            guard second.isInbound, let other = await session.releasePartner() else { return .nobodyToTransfer }
            let place = await second.session.profile
            await other.note(refer)
            await publishTransfer(.replaced, of: second.session, [("att_xfer_replaced_by", other.id)])
            await publishTransfer(.transferor, of: session)
            await publishTransfer(.transferee, of: other)
            await other.divert(to: place.destinationNumber, dialplan: place.dialplan, context: place.context)
            second.session.requestHangUp(.attendedTransfer)
            return .done
        }
        guard let other = await session.releasePartner() else { return .nobodyToTransfer }
        await other.note(refer)
        if profile.configuration.media.bypassesAfterTransfer {
            await other.setVariable("bypass_media_after_bridge", "true")
        }
        let phone = await session.signalledParty
        await other.noteTransfer("att_xfer", "\(phone)/\(await target.signalledParty)")
        await target.noteTransfer("att_xfer", "\(phone)/\(await other.signalledParty)")
        await publishTransfer(.replaced, of: second.session, [("att_xfer_replaced_by", other.id)])
        await publishTransfer(
            .transferor,
            of: session,
            [
                ("att_xfer_original_call_id", other.id), ("att_xfer_destination_call_id", target.id),
                ("att_xfer_destination_peer_uuid", second.session.id),
            ]
        )
        await publishTransfer(.transferee, of: other, [("att_xfer_replaced_call_id", second.session.id)])
        await other.run(.takingOver(target))
        return .done
    }
}

extension DialplanRoute {
    /// Takes a channel's partner's place.
    static func takingOver(_ session: Session) -> DialplanRoute {
        let action = DialplanAction(application: "intercept", data: session.id)
        return DialplanRoute(extensionName: attendedTransfer, actions: [action])
    }
}

extension Profile {
    /// The call that a dialog belongs to.
    func leg(of dialog: Replaces) -> SIPLeg? {
        let call = userAgent.call(callID: dialog.callID, localTag: dialog.localTag, remoteTag: dialog.remoteTag)
        return call.flatMap { legs[$0] }
    }

    /// What an INVITE that replaces a dialog does (RFC 3891 §3): it takes the place of the phone in that call.
    ///
    /// That goes past the dialplan. So it is for whom a password or a list let in, and for who is where the phone is
    /// (RFC 3891 §5): whoever else has got to know the names of a dialog must not be able to take it.
    ///
    /// - Returns: The applications, or the status that refuses the INVITE.
    func route(
        of invite: SIPMessage,
        from address: IPAddress,
        isAuthorized: Bool
    ) -> Result<DialplanRoute, ReplacesRefusal> {
        guard let dialog = invite.first(.replaces).flatMap({ Replaces($0) }), let replaced = leg(of: dialog),
            replaced.isEstablished, !replaced.isOver
        else {
            return .failure(ReplacesRefusal(status: 481))
        }
        guard replaced.mayBeTransferred,
            isAuthorized || userAgent.source(of: replaced.call)?.remote.address == address
        else { return .failure(ReplacesRefusal(status: 403)) }
        if dialog.isEarlyOnly { return .failure(ReplacesRefusal(status: 486)) }
        guard let partner = replaced.session.assumeIsolated({ $0.partner }) else {
            return .failure(ReplacesRefusal(status: 481))
        }
        replaced.publishInterception(by: invite.callID)
        return .success(.takingOver(partner))
    }
}

/// Why an INVITE may not replace a dialog.
struct ReplacesRefusal: Error {
    let status: Int
}

extension Session {
    /// Where the channel's variables want transfers to go.
    fileprivate var transferContext: String? { variable("force_transfer_context") ?? variable("transfer_context") }

    /// `user@host` of the channel's far end, as its signalling named it.
    fileprivate var signalledParty: String { (leg as? SIPLeg)?.party ?? profile.calleeIDNumber }

    /// What the dialplan gets to know about the REFER that sent the channel there.
    fileprivate func note(_ refer: SIPMessage) {
        setVariable("sip_refer_to", Template.neutralized(refer.first(.referTo)?.withoutControls ?? ""))
        setVariable("transfer_fallback_extension", Template.neutralized(refer.from.uri.plainUser ?? ""))
        if let referrer = refer.first(.referredBy) {
            setVariable("sip_h_Referred-By", Template.neutralized(referrer.withoutControls))
        }
    }
}
