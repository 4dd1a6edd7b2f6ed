import Base
import Logging
import MediaEngine

/// Calling others and talking to them.
extension Session {
    /// Rings a dial string and bridges the caller with who answers: what the application `bridge` does.
    public func bridge(to dialString: String) async throws {
        // What the legs get is not what an answered caller has agreed to with somebody who is gone.
        if passesMedia, isAnswered { _ = await reclaimMedia() }
        if isTrue("campon") { return try await campOn(dialString) }
        switch await ring(dialString) {
        case .connected(let other):
            guard !Task.isCancelled, !isOver else {
                // The caller went away at the moment of the answer.
                await other.lose(.originatorCancel)
                throw CancellationError()
            }
            try await bridge(with: other)
        case .failed(let failure):
            try Task.checkCancellation()
            setVariable("originate_failed_cause", failure.cause.name)
            if failure.endsCaller { hangUp(failure.cause) } else { goOn(afterFailure: failure.cause) }
        }
    }

    /// What follows when nobody was reached.
    func goOn(afterFailure cause: HangupCause) {
        guard !isOver else { return }
        switch BridgeFailurePolicy(cause, variables) {
        case .goOn: return
        case .hangUp: hangUp(cause)
        case .transfer(let destination, let dialplan, let context):
            transfer(to: destination, dialplan: dialplan, context: context)
        }
    }

    /// Bridges the channel with another until one of them goes; the other's channel ends with the bridge.
    public func bridge(with other: Session) async throws {
        let link = BridgeLink(
            other,
            callerTechnology: leg?.technology ?? "",
            keyListeners: partnerKeyListeners
        )
        let reason: HangupCause
        do {
            try await connect(over: link)
            reason = try await talk(over: link)
        } catch {
            // The caller hung up or was sent elsewhere.
            await release(link)
            throw error
        }
        if let successor = link.successor, link.ended == nil { return try await bridge(with: successor, after: link) }
        await release(link)
        await goOn(after: link, reason)
    }

    /// The called leg only passed the call on: whoever it talked to takes its place.
    private func bridge(with successor: BridgeSuccessor, after link: BridgeLink) async throws {
        sparedPartner = link.other.number
        await release(link)
        // Who was taken is here to stay or to be hung up, also when the caller has gone meanwhile.
        guard let next = await successor() else { return await goOn(after: link, .normalClearing) }
        try await bridge(with: next)
    }

    private func goOn(after link: BridgeLink, _ reason: HangupCause) async {
        setVariable("bridge_hangup_cause", reason.name)
        setVariable("last_bridge_hangup_cause", reason.name)
        await goOnAfterBridge(link, reason)
    }

    /// Lets the media flow and the state of each follow the other.
    private func connect(over link: BridgeLink) async throws {
        let other = link.other
        let exported = bridgeExports()
        await other.join(caller: self, as: profile, link: link, exports: exported)
        (partner, ownsBridge) = (other, true)
        for (name, value) in await other.bridgeExports() { setVariable(name, value) }
        try Task.checkCancellation()
        if let codec = link.codec { leg?.prefer(codec) }
        let isAudible = await settleMediaPath(over: link)
        try Task.checkCancellation()
        if link.isAnswered { try await answerWithMedia() } else if isAudible { preAnswer() }
        try Task.checkCancellation()
        noteBridge(over: link)
        await prepare(other)
        try Task.checkCancellation()
        joinMedia(over: link)
        passQueuedKeys()
        // One of them may be on hold already: then the other has to wait from the beginning.
        updateHoldMusic()
        await other.updateHoldMusic()
        await bypassMediaIfWanted(over: link)
    }

    /// What the channel and its watchers know of the bridge from its beginning.
    // Not inlined: the frame of an asynchronous function that holds copies of profiles stays with the task.
    @inline(never)
    private func noteBridge(over link: BridgeLink) {
        let other = link.other
        setBridgeVariables(partner: other.id, channelName: link.profile.channelName)
        history.noteOriginatee(link.profile, ofProfile: profile.index)
        otherLeg = OtherLeg(profile: link.profile, direction: other.direction, isOriginator: false)
        profile.times.bridged = softswitch.wallClock()
        publishBridge(.channelBridge, over: link)
        publishUpdate(bridgedTo: other, link.profile)
    }

    /// Runs what comes before the audio, on both legs.
    private func prepare(_ other: Session) async {
        await runHooks(.preBridge)
        await other.runHooks(.preBridge)
        if let application = variables["bridge_pre_execute_aleg_app"] {
            await execute(application, variables["bridge_pre_execute_aleg_data"] ?? "")
        }
        if let application = variables["bridge_pre_execute_bleg_app"] {
            await other.execute(application, variables["bridge_pre_execute_bleg_data"] ?? "")
        }
    }

    /// Waits until the other leg goes; its answer becomes the caller's answer.
    private func talk(over link: BridgeLink) async throws -> HangupCause {
        let keys = Set(variables["bridge_terminate_key"] ?? "")
        let limit = Duration(seconds: variables["bridge_answer_timeout"])
        while true {
            let happened = try await wait(timeout: isAnswered ? nil : limit) { session in
                link.ended != nil || link.hasLeft || link.hasNews || link.successor != nil
                    || !keys.isEmpty && session.digits.contains { keys.contains($0) }
            }
            if let cause = link.ended { return cause }
            if link.successor != nil { return .normalClearing }
            guard happened else {
                if !isTrue("continue_on_answer_timeout") { hangUp(.allottedTimeout) }
                return .allottedTimeout
            }
            guard link.takeAnswer() else { return .normalClearing }
            _ = await settleMediaPath(over: link)
            try await answerWithMedia()
            joinMedia(over: link)
            await bypassMediaIfWanted(over: link)
        }
    }

    private func joinMedia(over link: BridgeLink) {
        if isAnswered { leg?.bridged(with: link.technology) }
        guard !link.hasLeft, let mine = audioForBridge, let theirs = link.media else { return }
        mine.bridge(to: theirs)
    }

    private func release(_ link: BridgeLink) async {
        let other = link.other
        let isSpared = sparedPartner == other.number
        (partner, ownsBridge, sparedPartner) = (nil, false, nil)
        media?.unbridge()
        setBridgeVariables(partner: nil, channelName: nil)
        publishBridge(.channelUnbridge, over: link)
        await runHooks(.postBridge)
        if isSpared {
            await other.part(from: self)
        } else {
            await other.leave(self, destination: destinationOfHeldParty)
        }
    }

    private func publishBridge(_ name: EventName, over link: BridgeLink) {
        softswitch.events.publish(name) {
            var event = makeEvent(name)
            event.add("Bridge-A-Unique-ID", id)
            event.add("Bridge-B-Unique-ID", link.other.id)
            for column in link.presenceColumns { event.add("Bridge-B-PD-", column.name, column.value) }
            return event
        }
    }

    /// Whom the far end's phone shows, or would if it could (`last_sent_callee_id_name`, `_number`).
    public func noteShown(name: String, number: String) {
        for (field, value) in [("name", name), ("number", number)] where !value.isEmpty {
            setVariable("last_sent_callee_id_\(field)", Template.neutralized(value))
        }
    }

    /// Tells that the display of this leg's phone shows somebody else now.
    func publishUpdate(bridgedTo other: Session, _ profile: CallerProfile) {
        let isCalled = other.direction == .outbound
        noteShown(
            name: isCalled ? profile.calleeIDName : profile.callerIDName,
            number: isCalled ? profile.calleeIDNumber : profile.callerIDNumber
        )
        softswitch.events.publish(.callUpdate) {
            var event = makeEvent(.callUpdate)
            event.add("Direction", "SEND")
            event.add("Bridged-To", other.id)
            return event
        }
    }

    /// The variables that name the other side of a bridge; those of the last bridge stay.
    func setBridgeVariables(partner: String?, channelName: String?) {
        setVariable("bridge_to", partner)
        // With whom it was is asked for after the end of the call: the others stay.
        guard let partner else { return }
        setVariable("bridge_uuid", partner)
        setVariable("signal_bond", partner)
        setVariable("last_bridge_to", partner)
        setVariable("bridge_channel", channelName)
    }
}
