import Base
import MediaEngine

/// Keys that the far end must not hear, such as the digits of a card that its partner types (`uuid_drop_dtmf`).
extension Session {
    private static let (name, maskName, soundName) = (
        "drop_dtmf", "drop_dtmf_masking_digits", "drop_dtmf_masking_file"
    )
    /// How long a key is that stands for one that is dropped.
    private static let maskLength = Duration.milliseconds(250)

    /// Whether the far end hears no keys.
    public var dropsKeys: Bool { isTrue(Self.name) }

    /// Lets the far end hear no keys, or all again; other keys, or a sound, may stand for each that it does not hear.
    public func dropKeys(_ isOn: Bool, maskedBy keys: String?, sound: String?) {
        setVariable(Self.maskName, keys)
        setVariable(Self.soundName, sound)
        setVariable(Self.name, String(isOn))
        media?.refuseKeys(isOn)
    }

    /// Sends keys to the far end, unless it is to hear none; false without audio.
    public func sendKeys(_ keys: String, each duration: Duration) -> Bool {
        guard let media else { return false }
        if blocksKeys { return true }
        if dropsKeys {
            for _ in keys { maskKey() }
        } else {
            media.sendDTMF(keys, duration: duration)
        }
        return true
    }

    /// The partner has pressed a key.
    nonisolated func partnerPressedKey() {
        loop.execute {
            self.assumeIsolated { session in
                if session.dropsKeys { session.maskKey() }
            }
        }
    }

    private func maskKey() {
        if let keys = variables[Self.maskName] { media?.sendDTMF(keys, duration: Self.maskLength) }
        guard let sound = variables[Self.soundName] else { return }
        Task(executorPreference: loop) { await Broadcast(sound, legs: "aleg").run(on: self) }
    }
}
