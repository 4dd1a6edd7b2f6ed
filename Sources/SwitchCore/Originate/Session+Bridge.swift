import Base
import Logging
import MediaEngine

/// Calling others and talking to them.
extension Session {
    /// Rings a dial string and bridges the caller with who answers: what the application `bridge` does.
    public func bridge(to dialString: String) async throws {
        let outcome = await makeOriginator().originate(dialString)
        try Task.checkCancellation()
        stopRingback()
        switch outcome {
        case .connected(let other):
            setVariable("originate_disposition", "SUCCESS")
            setVariable("DIALSTATUS", "SUCCESS")
            try await bridge(with: other)
        case .failed(let cause):
            noteFailure(cause)
        }
    }

    private func makeOriginator() -> Originator {
        Originator(
            softswitch: softswitch,
            originator: self,
            loop: loop,
            variables: legVariables(),
            profile: outgoingProfile(),
            preferredCodecs: leg?.codecString,
            onProgress: { [weak self] progress in await self?.take(progress) }
        )
    }

    private func take(_ progress: Originator.Progress) async {
        guard !isOver else { return }
        let ringback = isAnswered ? variables["transfer_ringback"] : variables["ringback"]
        if let ringback, ringbackPlayback == nil {
            preAnswer()
            await startRingback(ringback)
        } else if ringback == nil {
            ringReady()
        }
    }

    private func startRingback(_ name: String) async {
        guard !isOver, let media, let source = try? await openSound(name), ringbackPlayback == nil else { return }
        ringbackPlayback = media.play(source)
    }

    private func stopRingback() {
        if let id = ringbackPlayback { media?.stopPlayback(id) }
        ringbackPlayback = nil
    }

    /// The variables that a leg inherits from this channel without being exported.
    static let inheritedVariables = [
        "forked_dial", "fail_on_single_reject", "hangup_on_single_reject", "ignore_early_media",
        "bridge_early_media", "originate_continue_on_timeout", "ignore_ring_ready", "return_ring_ready",
        "progress_timeout", "language", "originate_timeout", "call_timeout", "domain_name", "domain_uuid",
    ]

    private func legVariables() -> [(name: String, value: String)] {
        let inherited = Self.inheritedVariables.compactMap { name in
            variables[name].map { (name: name, value: $0) }
        }
        return inherited + exportedVariables() + [(name: "call_uuid", value: variables["call_uuid"] ?? id)]
    }

    /// The caller as a called party shall see it.
    private func outgoingProfile() -> CallerProfile {
        var outgoing = CallerProfile()
        outgoing.dialplan = profile.dialplan
        outgoing.context = profile.context
        outgoing.networkAddress = profile.networkAddress
        outgoing.rdnis = profile.rdnis
        outgoing.ani = variables["effective_ani"] ?? profile.ani
        outgoing.callerIDName = variables["effective_caller_id_name"] ?? profile.callerIDName
        outgoing.callerIDNumber = variables["effective_caller_id_number"] ?? profile.callerIDNumber
        outgoing.hidesName = profile.hidesName
        outgoing.hidesNumber = profile.hidesNumber
        return outgoing
    }

    /// What follows when nobody was reached: go on with the next action, or hang up with the cause.
    private func noteFailure(_ cause: HangupCause) {
        setVariable("originate_disposition", cause.name)
        setVariable("originate_failed_cause", cause.name)
        setVariable("DIALSTATUS", Self.dialStatus(cause))
        if goesOn(after: cause) { return }
        hangUp(cause)
    }

    private static func dialStatus(_ cause: HangupCause) -> String {
        switch cause {
        case .originatorCancel: "CANCEL"
        case .userBusy: "BUSY"
        case .noAnswer, .noUserResponse: "NOANSWER"
        case .callRejected: "DONTCALL"
        case .invalidUrl, .invalidNumberFormat: "INVALIDARGS"
        default: cause.name
        }
    }

    private func goesOn(after cause: HangupCause) -> Bool {
        if cause == .attendedTransfer { return false }
        if let text = variables["continue_on_fail"] { return CauseList(text)?.contains(cause) ?? false }
        if let text = variables["failure_causes"] { return !(CauseList(text)?.contains(cause) ?? false) }
        return [.noAnswer, .noUserResponse, .originatorCancel].contains(cause)
    }

    // MARK: - Talking

    /// Bridges the channel with another until one of them goes; the other's channel ends with the bridge.
    public func bridge(with other: Session) async throws {
        var reason = HangupCause.normalClearing
        do {
            let link = try await connect(to: other)
            reason = try await talk(over: link)
        } catch {
            // The caller hung up or was sent elsewhere.
            await release(other, cause: hangupCause ?? .normalClearing)
            throw error
        }
        await release(other, cause: reason)
        setVariable("bridge_hangup_cause", reason.name)
        setVariable("last_bridge_hangup_cause", reason.name)
        goOnAfterBridge(reason)
    }

    /// Lets the media flow and the state of each follow the other.
    private func connect(to other: Session) async throws -> BridgeLink {
        let link = BridgeLink(other)
        await other.join(caller: self, link: link)
        partner = other
        if let codec = link.codec { leg?.prefer(codec) }
        if link.isAnswered { try await answerWithMedia() } else { preAnswer() }
        try Task.checkCancellation()
        joinMedia(over: link)
        profile.times.bridged = softswitch.wallClock()
        for (name, value) in [
            ("bridge_to", other.id), ("last_bridge_to", other.id), ("bridge_uuid", other.id),
            ("signal_bond", other.id), ("bridge_channel", link.channelName),
        ] { setVariable(name, value) }
        softswitch.events.publish(.channelBridge) {
            var event = makeEvent(.channelBridge)
            event.add("Bridge-A-Unique-ID", id)
            event.add("Bridge-B-Unique-ID", other.id)
            return event
        }
        return link
    }

    /// Waits until the other leg goes; its answer becomes the caller's answer.
    private func talk(over link: BridgeLink) async throws -> HangupCause {
        while true {
            try await wait { _ in link.ended != nil || link.takeAnswer() }
            if let cause = link.ended { return cause }
            try await answerWithMedia()
            joinMedia(over: link)
        }
    }

    private func joinMedia(over link: BridgeLink) {
        if let mine = media, let theirs = link.media { mine.bridge(to: theirs) }
    }

    private func release(_ other: Session, cause: HangupCause) async {
        media?.unbridge()
        partner = nil
        setVariable("bridge_uuid", nil)
        setVariable("signal_bond", nil)
        softswitch.events.publish(.channelUnbridge) {
            var event = makeEvent(.channelUnbridge)
            event.add("Bridge-A-Unique-ID", id)
            event.add("Bridge-B-Unique-ID", other.id)
            return event
        }
        await other.leave(cause: cause)
    }

    private func goOnAfterBridge(_ cause: HangupCause) {
        guard !isOver else { return }
        if isTrue("park_after_bridge") {
            park()
        } else if let target = variables["transfer_after_bridge"] {
            setVariable("transfer_after_bridge", nil)
            let parts = target.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            transfer(
                to: parts[0],
                dialplan: parts.count > 1 ? parts[1] : nil,
                context: parts.count > 2 ? parts[2] : nil
            )
        } else if isTrue("hangup_after_bridge") {
            hangUp(cause == .none ? .normalClearing : cause)
        }
    }

    // MARK: - The called leg's side

    /// The called leg takes part in a bridge: its progress goes to the caller from now on.
    func join(caller: Session, link: BridgeLink) {
        partner = caller
        link.isAnswered = isAnswered
        link.media = media
        link.codec = codec
        link.channelName = profile.channelName
        if let hangupCause {
            link.ended = hangupCause
            return
        }
        observer = { [weak caller] _, report in
            guard let caller else { return }
            caller.loop.execute { caller.assumeIsolated { link.take(report, for: $0) } }
        }
        setVariable("bridge_uuid", caller.id)
        setVariable("signal_bond", caller.id)
        profile.times.bridged = softswitch.wallClock()
        move(to: .exchangeMedia)
    }

    /// The called leg's bridge is over; the leg ends unless something else has taken it.
    func leave(cause: HangupCause) {
        partner = nil
        observer = nil
        guard !isOver, state == .exchangeMedia else { return }
        hangUp(isAnswered ? .normalClearing : cause == .normalClearing ? .originatorCancel : cause)
    }
}
