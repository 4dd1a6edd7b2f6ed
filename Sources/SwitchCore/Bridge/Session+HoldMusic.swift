import Base
import MediaEngine
import XMLConfig

/// What lets the partner know that it has to wait for this channel.
enum HoldMusic {
    /// A sound that it hears.
    case sound(Task<Void, Never>)
    /// Its own phone says so: it is on hold too (`indicate_hold`).
    case indication(Session)

    /// What somebody who waits is to hear, and the channel whose variables say so.
    struct Choice {
        let chooser: Session
        let sound: SoundChoice

        init(by chooser: Session, _ name: String?) {
            (self.chooser, sound) = (chooser, SoundChoice(name))
        }
    }
}

/// Music for whoever has to wait for this channel (`hold_music`).
extension Session {
    /// What those who wait for this channel hear, if anything was chosen: a sound, `silence` or `indicate_hold`.
    ///
    /// `temp_hold_music` counts before `hold_music`, variables of the channel before global ones, and what the leg's
    /// technology was configured with last.
    public var holdMusicName: String? {
        for name in ["temp_hold_music", "hold_music"] {
            if let value = variables[name] ?? softswitch.xml.globals[name], !value.isEmpty { return value }
        }
        return leg?.holdMusic
    }

    /// Puts the far end on hold, or takes it back (`hold`, `uuid_hold`); its partner hears music meanwhile.
    ///
    /// - Returns: Whether it was asked.
    public func hold(_ isWanted: Bool) async -> Bool {
        // Whoever waits hears music, and that comes from here.
        if isWanted, passesMedia { _ = await reclaimMedia() }
        guard leg?.perform(.hold(isWanted)) == true else { return false }
        holdsFarEnd = isWanted
        updateHoldMusic()
        return true
    }

    /// Lets the partner wait while something is done, with the music that it has chosen itself (`hold-bleg`).
    func keepingPartnerWaitingWithOwnMusic(_ work: (isolated Session) async -> Void) async {
        if let partner { errandMusic = HoldMusic.Choice(by: partner, await partner.holdMusicName) }
        await keepingPartnerWaiting(work)
    }

    /// Lets the partner wait while something is done.
    func keepingPartnerWaiting<Result>(_ work: (isolated Session) async throws -> Result) async rethrows -> Result {
        errandsOfPartner += 1
        updateHoldMusic()
        defer {
            errandsOfPartner -= 1
            if errandsOfPartner == 0 { errandMusic = nil }
            updateHoldMusic()
        }
        return try await work(self)
    }

    /// Begins or ends what the partner hears, as it has to wait now or not: the far end holds the call, or is held, or
    /// the channel does something else.
    func updateHoldMusic() {
        guard !isOver, let partner, callState == .held || holdsFarEnd || errandsOfPartner > 0 else {
            return stopHoldMusic()
        }
        guard holdMusic == nil else { return }
        let choice = errandMusic ?? HoldMusic.Choice(by: self, holdMusicName)
        switch choice.sound {
        case .nothing: break
        case .indication:
            partner.indicateHold(true)
            holdMusic = .indication(partner)
        case .sound(let name): holdMusic = .sound(playHoldMusic(name, chosenBy: choice.chooser, to: partner))
        }
    }

    /// Nobody waits for this channel any more, or somebody else does.
    func stopHoldMusic() {
        switch holdMusic {
        case .sound(let task): task.cancel()
        case .indication(let partner): partner.indicateHold(false)
        case nil: break
        }
        holdMusic = nil
    }

    private func playHoldMusic(_ music: String, chosenBy chooser: Session, to partner: Session) -> Task<Void, Never> {
        var displacement = Displacement()
        (displacement.repeats, displacement.mode) = (true, .beneath)
        return Task(executorPreference: partner.loop) { [displacement] in
            let music = await chooser.expand(music)
            await Session.$runningChannel.withValue(nil) { await partner.playAside(music, displacement) }
        }
    }

    /// Tells the far end that it is on hold, or no more, because the partner is gone for a while.
    private nonisolated func indicateHold(_ isHeld: Bool) {
        loop.execute { self.assumeIsolated { _ = $0.leg?.perform(.hold(isHeld)) } }
    }
}
