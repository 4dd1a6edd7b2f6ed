import Base
import XMLConfig

/// What the partner hears while it has to wait for this channel (`hold_music`).
extension Session {
    /// The far end holds the call: the partner hears the music in its place.
    func startHoldMusic() {
        guard holdMusicTask == nil, let partner else { return }
        holdMusicTask = playHoldMusic(to: partner)
    }

    /// The far end is back, or nobody waits for it any more.
    func stopHoldMusic() {
        holdMusicTask?.cancel()
        holdMusicTask = nil
    }

    /// Plays the music of this channel to whoever waits, again and again; `nil` when that is silence.
    func playHoldMusic(to partner: Session) -> Task<Void, Never>? {
        guard let music = variables["hold_music"] ?? softswitch.xml.globals["hold_music"], !music.isEmpty,
            music != "silence"
        else { return nil }
        var displacement = Displacement()
        displacement.repeats = true
        return Task(executorPreference: partner.loop) { [displacement] in
            await Session.$runningChannel.withValue(nil) { await partner.playAside(music, displacement) }
        }
    }
}
