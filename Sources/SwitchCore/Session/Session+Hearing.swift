import Base
public import MediaEngine

/// What is listened for in the call.
extension Session {
    /// Looks for keys in the audio of the far end (`start_dtmf`), or no longer does; false when there is no audio.
    @discardableResult
    public func detectKeys(_ isOn: Bool) -> Bool {
        media?.detectKeys(isOn)
        return media != nil
    }

    /// Sends keys to the far end as tones in the audio (`start_dtmf_generate`), or no longer does; false when there is no audio.
    @discardableResult
    public func speakKeys(_ isOn: Bool) -> Bool {
        guard let media else { return false }
        speaksKeys = isOn
        media.speakKeys(isOn)
        return true
    }

    /// Hears no keys of the far end, and sends it none (`block_dtmf`), or does again.
    public func blockKeys(_ isOn: Bool) {
        blocksKeys = isOn
        media?.keepKeys(isOn || keepsKeys)
        media?.refuseKeys(isOn || dropsKeys)
    }

    /// Ends whatever listens to the channel or speaks into it (`remove_bugs`).
    public func stopListeners() async {
        await stopRecording("all")
        for name in Array(displacements.keys) { stopDisplacing(name) }
        stopDetectingTones()
    }

    /// Waits until the far end is silent, or is heard.
    ///
    /// - Returns: Whether it is, false when the time is over; and what was heard until then.
    /// - Throws: `CancellationError` when the call ended.
    public func waitForSilence(
        _ options: SilenceOptions,
        timeout: Duration?
    ) async throws -> (isThere: Bool, progress: SilenceProgress) {
        guard let media else { throw ApplicationError("there is no audio to listen to") }
        let before = silences
        media.awaitSilence(options)
        defer { media.awaitSilence(nil) }
        let isThere = try await wait(timeout: timeout) { $0.silences != before }
        return (isThere, await media.silenceProgress())
    }

    /// What listens to the channel or speaks into it, under the names that `uuid_buglist` knows it by.
    public var listeners: [(function: String, target: String)] {
        let recorded = callRecordings.keys.sorted().map { ("session_record", $0) }
        let displaced = displacements.keys.sorted().map { ("displace", $0) }
        let heard = tones.values.filter { $0.watch != nil }.map(\.request.key).sorted().map { ("tone_detect", $0) }
        return recorded + displaced + heard
    }

    /// Tells that something begins or ceases to listen to the channel, or to speak into it.
    func publishListener(_ name: EventName, _ function: String, _ target: String) {
        softswitch.events.publish(name) {
            var event = makeEvent(name)
            event.add("Media-Bug-Function", function)
            event.add("Media-Bug-Target", target)
            return event
        }
    }
}
