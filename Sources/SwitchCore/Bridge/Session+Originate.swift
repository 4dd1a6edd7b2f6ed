import Base
import Logging
import MediaEngine

/// Calling others on behalf of this channel.
extension Session {
    /// Rings a dial string while the caller waits; its variables tell what came of it.
    ///
    /// A leg that has won belongs to whoever asked, who bridges it or hangs it up.
    func ring(_ dialString: String) async -> LegOutcome {
        await runHooks(.preOriginate)
        if variables["preserve_originated_vars"]?.isTrueSetting == false {
            setVariable("originated_legs", nil)
            setVariable("originate_causes", nil)
        }
        setVariable("originate_disposition", "failure")
        setVariable("DIALSTATUS", "INVALIDARGS")
        let outcome = await ring(dialString, with: makeOriginator())
        stopRingback()
        if heardLeg != nil { media?.unbridge() }
        heardLeg = nil
        switch outcome {
        case .connected:
            setVariable("originate_disposition", "SUCCESS")
            setVariable("DIALSTATUS", "SUCCESS")
        case .failed(let failure):
            setVariable("originate_disposition", failure.disposition.name)
            setVariable("DIALSTATUS", Self.dialStatus(failure.disposition))
        }
        await runHooks(.postOriginate)
        return outcome
    }

    private static func dialStatus(_ cause: HangupCause) -> String {
        switch cause {
        case .originatorCancel: "CANCEL"
        case .userBusy: "BUSY"
        case .noAnswer: "NOANSWER"
        case .destinationOutOfOrder, .invalidProfile: "INVALIDARGS"
        case .callRejected: "DONTCALL"
        default: cause.name
        }
    }

    private func makeOriginator() -> Originator {
        Originator(
            caller: self,
            variables: legVariables(),
            callerVariables: variables,
            profile: outgoingProfile(),
            preferredCodecs: leg?.codecString,
            description: takeDescriptionForLegs(),
            relaysMedia: relaysMedia,
            onProgress: { [weak self] progress in await self?.take(progress) }
        )
    }

    /// The variables that a leg inherits from this channel without being exported.
    static let inheritedVariables = [
        "group_confirm_key", "group_confirm_file", "group_confirm_read_timeout", "group_confirm_cancel_timeout",
        "group_confirm_timeout", "forked_dial", "fail_on_single_reject", "hangup_on_single_reject",
        "ignore_early_media", "bridge_early_media", "originate_continue_on_timeout", "ignore_ring_ready",
        "monitor_early_media_ring", "monitor_early_media_ring_total", "monitor_early_media_fail",
        "return_ring_ready", "ring_ready", "instant_ringback", "progress_timeout", "language",
    ]

    private func legVariables() -> [DialVariable] {
        let inherited = Self.inheritedVariables.compactMap { name in
            variables[name].map { DialVariable(name: name, value: $0) }
        }
        let exported = exportedVariables().map { DialVariable(name: $0.name, value: $0.value) }
        var all = inherited
        for variable in exported { all.set(variable) }
        all.set(DialVariable(name: "call_uuid", value: variables["call_uuid"] ?? id))
        if let list = variables["export_vars"] { all.set(DialVariable(name: "export_vars", value: list)) }
        return all
    }

    /// The caller as a called party shall see it.
    private func outgoingProfile() -> CallerProfile {
        var outgoing = CallerProfile()
        outgoing.dialplan = profile.dialplan
        outgoing.context = profile.context
        outgoing.networkAddress = profile.networkAddress
        outgoing.rdnis = profile.rdnis
        outgoing.ani = variables["effective_ani"] ?? profile.ani
        outgoing.aniII = variables["effective_aniii"] ?? profile.aniII
        outgoing.callerIDName = variables["effective_caller_id_name"] ?? profile.callerIDName
        outgoing.callerIDNumber = variables["effective_caller_id_number"] ?? profile.callerIDNumber
        outgoing.hidesName = profile.hidesName
        outgoing.hidesNumber = profile.hidesNumber
        return outgoing
    }

    // MARK: - What the caller hears meanwhile

    private func take(_ progress: OriginateProgress) async {
        guard !isOver else { return }
        switch progress {
        case .began(let leg, let name, let number):
            pushVariable("originated_legs", "\(leg.id);\(name);\(number)")
            history.noteOrigination(await leg.profile, ofProfile: profile.index)
        case .decided(let leg, let cause): pushVariable("originate_causes", "\(leg.id);\(cause.name)")
        case .ringing: if !startRingback() { ringReady() }
        case .ringbackAtOnce, .earlyMediaUnheard: _ = startRingback()
        case .earlyMedia(let leg): await hear(leg)
        }
    }

    private func pushVariable(_ name: String, _ value: String) {
        _ = variables.push(name, Template.neutralized(value))
    }

    /// The caller hears the early media of the first leg that has some, which has not won by that.
    private func hear(_ leg: Session) async {
        guard heardLeg == nil else { return }
        heardLeg = leg.id
        if await leg.passesMediaFor == id {
            guard let description = await leg.farDescription, !isOver, heardLeg == leg.id else { return }
            stopRingback()
            await pass(description, of: leg)
            return preAnswer()
        }
        let (stream, codec) = await leg.audio
        guard !isOver, heardLeg == leg.id, let stream else { return }
        stopRingback()
        if let codec { self.leg?.prefer(codec) }
        preAnswer()
        media?.bridge(to: stream)
    }

    /// The audio of a leg, and its format.
    private var audio: (MediaStream?, MediaCodec?) { (media, codec) }
}
