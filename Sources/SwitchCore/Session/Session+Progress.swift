import Base
import Logging
public import MediaEngine

/// What the far end does, told by the endpoint; and what we tell the far end.
extension Session {
    /// Gives the channel its audio, or another format for it.
    public func attach(media stream: MediaStream, codec: MediaCodec) {
        // An answer that comes after the end must not open the audio again.
        guard !isOver else { return }
        let isChange = self.codec.map { $0 != codec } ?? false
        self.codec = codec
        (passesMedia, passesMediaFor, relaysMedia) = (false, nil, false)
        for (name, value) in [
            ("read_codec", codec.name), ("write_codec", codec.name),
            ("read_rate", String(codec.clockRate)), ("write_rate", String(codec.clockRate)),
        ] { setVariable(name, value) }
        softswitch.events.publish(.codec) { makeEvent(.codec) }
        if isChange { startHooks(.audioChange) }
        guard media !== stream else { return }
        media = stream
        if !audioShapes.isEmpty { reshapeAudio() }
        if dropsKeys || blocksKeys { stream.refuseKeys(true) }
        if speaksKeys { stream.speakKeys(true) }
        delayAudio()
        stream.setEventHandler { [weak self] event in
            guard let self else { return }
            loop.execute { self.assumeIsolated { $0.received(event) } }
        }
        wake()
    }

    /// The far end of an outbound leg rings.
    public func remoteRinging() {
        guard !isOver, !isAnswered, !isRinging else { return }
        isRinging = true
        callState = .ringing
        if profile.times.progress == 0 { profile.times.progress = softswitch.wallClock() }
        softswitch.events.publish(.channelProgress) { makeEvent(.channelProgress) }
        startHooks(.ring)
        observer?(self, .ringing)
        wake()
    }

    /// Audio comes from the far end of an outbound leg that has not answered yet.
    public func remoteEarlyMedia() {
        guard !isOver, !isAnswered, !hasEarlyMedia else { return }
        noteEarlyMedia()
        observer?(self, .earlyMedia)
        wake()
    }

    /// Early media of an outbound leg counts from now on, for whoever rings it and has ignored it (`uuid_early_ok`).
    public func acceptEarlyMedia() {
        guard !isOver, !isAnswered else { return }
        observer?(self, .earlyMediaAccepted)
    }

    /// The far end of an outbound leg answered.
    public func remoteAnswered() {
        guard !isOver, !isAnswered else { return }
        noteAnswer()
        observer?(self, .answered)
        if partner != nil { leg?.bridged(with: callerTechnology) }
        wake()
    }

    /// The far end put the call on hold, or took it back.
    public func remoteHeld(_ held: Bool) {
        guard !isOver, isAnswered, held != (callState == .held) else { return }
        let now = softswitch.wallClock()
        if held {
            callState = .held
            profile.times.lastHold = now
            history.noteHold(at: now, with: partner?.id)
            softswitch.events.publish(.channelHold) { makeEvent(.channelHold) }
            publishPresence("hold")
        } else {
            callState = .active
            noteHoldEnded(at: now)
            softswitch.events.publish(.channelUnhold) { makeEvent(.channelUnhold) }
            publishPresence("unhold")
            resumeBypass()
        }
        updateHoldMusic()
    }

    /// The far end took the call back, or the call ended while it was on hold.
    func noteHoldEnded(at now: Int64) {
        history.noteHoldEnded(at: now)
        if profile.times.lastHold != 0 { profile.times.holdAccumulated += max(now - profile.times.lastHold, 0) }
    }

    /// Tells the caller that the call rings.
    public func ringReady() {
        guard direction == .inbound, !isOver, !isAnswered, !isRinging, !hasEarlyMedia else { return }
        isRinging = true
        if profile.times.progress == 0 { profile.times.progress = softswitch.wallClock() }
        leg?.indicateRinging()
        softswitch.events.publish(.channelProgress) { makeEvent(.channelProgress) }
        startHooks(.ring)
    }

    /// Begins early media towards the caller; the call ends when that is impossible.
    public func preAnswer() {
        guard direction == .inbound, !isOver, !isAnswered, !hasEarlyMedia, let leg else { return }
        do {
            try leg.indicateEarlyMedia()
        } catch {
            hangUp(error)
            return
        }
        noteEarlyMedia()
    }

    /// Answers the caller; the call ends when that is impossible.
    public func answer() {
        guard direction == .inbound, !isOver, !isAnswered, let leg else { return }
        do {
            try leg.answer()
        } catch {
            hangUp(error)
            return
        }
        noteAnswer()
        wake()
    }

    /// Answers the caller and waits for the audio, unless that goes past the switch; it comes with the ACK when the caller
    /// made no offer.
    ///
    /// - Throws: `CancellationError` when the call ended meanwhile.
    public func answerWithMedia() async throws {
        answer()
        // As long as an ACK is waited for: 64·T1 (RFC 3261 §13.3.1.4).
        try await wait(timeout: .seconds(32)) { $0.media != nil || $0.passesMedia || $0.isOver }
    }

    private func noteEarlyMedia() {
        hasEarlyMedia = true
        callState = .early
        if profile.times.progressMedia == 0 { profile.times.progressMedia = softswitch.wallClock() }
        softswitch.events.publish(.channelProgressMedia) { makeEvent(.channelProgressMedia) }
        startHooks(.preAnswer)
        startHooks(.media)
    }

    private func noteAnswer() {
        let isFirstAudio = !hasEarlyMedia
        isAnswered = true
        callState = .active
        profile.times.answered = softswitch.wallClock()
        softswitch.events.publish(.channelAnswer) { makeEvent(.channelAnswer) }
        publishPresence("answered")
        updateRecordings()
        if let interval = variable("enable_heartbeat_events") { setHeartbeat(interval) }
        startHooks(.answer)
        if isFirstAudio { startHooks(.media) }
    }

    private func received(_ event: MediaEvent) {
        guard !isOver else { return }
        switch event {
        case .dtmf(let digit, let milliseconds): receivedDigit(digit, milliseconds: milliseconds, isInMedia: true)
        // What nobody waits for any more is forgotten.
        case .playbackFinished(let id, let samples, let end):
            if playbacks[id] != nil { playbacks[id] = .finished(samples: samples, end) }
        case .recordingFinished(let id, _, let end):
            if recordings[id] != nil { recordings[id] = .finished(end) }
            recordingEnded(id, end)
        case .timedOut: mediaTimedOut()
        case .silence: silences += 1
        case .tone(let watch): heardTone(watch)
        case .dtmfSent: break
        case .remoteLocked(let endpoint):
            setVariable("remote_media_ip", "\(endpoint.address)")
            setVariable("remote_media_port", "\(endpoint.port)")
        }
        wake()
    }

    /// The far end's audio has not come for too long: the channel ends, after what its variables have for that.
    public func mediaTimedOut() {
        guard startHooks(.mediaTimeout) else { return hangUp(.mediaTimeout) }
        Task(executorPreference: loop) {
            await self.finishHooks()
            await self.hangUp(.mediaTimeout)
        }
    }

    /// The far end has offered something new within the call.
    public func remoteReoffered() {
        startHooks(.sipReinvite)
    }

    /// Takes a key of the far end: from its audio, or from the signalling.
    ///
    /// The partner in a bridge has those of the audio by the streams, and is handed the others unless somebody here took them.
    public func receivedDigit(_ digit: Character, milliseconds: Int, isInMedia: Bool = false) {
        guard !isOver, !blocksKeys else { return }
        publishDigit(digit, milliseconds: milliseconds)
        let partner = partner
        let isTaken = offer(digit)
        partner?.partnerPressedKey(
            digit,
            milliseconds: milliseconds,
            isInMedia: isInMedia,
            isPassed: passesKey(digit) && (isInMedia || !isTaken)
        )
        guard !isTaken else { return }
        if digits.count < Self.digitLimit { digits.append(digit) }
        // The called party may end a bridge with a key; the caller's own task looks at its keys itself.
        if partner != nil, !ownsBridge, variables["bridge_terminate_key"]?.contains(digit) == true {
            observer?(self, .left)
        }
        wake()
    }

    /// Tells of a key, unless it is for nobody but the application that asks for it (`sensitive_dtmf`).
    private func publishDigit(_ digit: Character, milliseconds: Int) {
        guard !isTrue("sensitive_dtmf") else { return }
        softswitch.events.publish(.dtmf) {
            var event = makeEvent(.dtmf)
            event.add("DTMF-Digit", String(digit))
            event.add("DTMF-Duration", String(milliseconds * 8))
            event.add("DTMF-Source", "RTP")
            return event
        }
    }

    /// Whether no partner gets the far end's keys (`bridge_filter_dtmf`, `sensitive_dtmf`).
    var keepsKeys: Bool { isTrue("bridge_filter_dtmf") || isTrue("sensitive_dtmf") }

    /// Whether the partner gets a key of the far end: while both hear each other, and nothing keeps it.
    private func passesKey(_ digit: Character) -> Bool {
        guard media?.isBridged ?? passesMedia, !keepsKeys else { return false }
        return variables["bridge_terminate_key"]?.contains(digit) != true
    }
}
