import Base
public import MediaEngine

/// How loud the call is, and what is listened for in it.
extension Session {
    /// Makes one direction louder or quieter (`set_audio_level`, `uuid_audio`).
    ///
    /// - Parameter level: −4…4; 0 leaves the audio as it is.
    /// - Returns: Whether there is such a level, and audio.
    @discardableResult
    public func setAudioLevel(_ level: Int, of direction: AudioDirection) -> Bool {
        let (quieter, louder) = ([0.8, 0.6, 0.4, 0.2], [1.3, 2.3, 3.3, 4.3])
        guard let media, (-4...4).contains(level) else { return false }
        media.setLevel(level == 0 ? 1 : level > 0 ? louder[level - 1] : quieter[-level - 1], of: direction)
        return true
    }

    /// Makes one direction silent, or no longer (`set_mute`, `uuid_audio`); false when there is no audio.
    @discardableResult
    public func mute(_ isMuted: Bool, _ direction: AudioDirection) -> Bool {
        media?.setLevel(isMuted ? 0 : 1, of: direction)
        return media != nil
    }

    /// Looks for keys in the audio of the far end (`start_dtmf`), or no longer does; false when there is no audio.
    @discardableResult
    public func detectKeys(_ isOn: Bool) -> Bool {
        media?.detectKeys(isOn)
        return media != nil
    }

    /// Waits until the far end is silent.
    ///
    /// - Returns: Whether it is; false when the time is over.
    /// - Throws: `CancellationError` when the call ended.
    public func waitForSilence(_ options: SilenceOptions, timeout: Duration?) async throws -> Bool {
        guard let media else { throw ApplicationError("there is no audio to listen to") }
        let before = silences
        media.awaitSilence(options)
        defer { media.awaitSilence(nil) }
        return try await wait(timeout: timeout) { $0.silences != before }
    }
}
