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

    /// Takes keys as if the far end had pressed them: the partner gets them, now or when there is one (`queue_dtmf`).
    ///
    /// Until then they are there for whatever collects keys.
    public func queueKeys(_ keys: String, each duration: Duration) {
        let keys = keys.uppercased().filter { Self.allKeys.contains($0) }.prefix(Self.digitLimit)
        for key in keys { receivedDigit(key, milliseconds: Int(clamping: duration.wholeMilliseconds)) }
        guard partner == nil else { return passKeys(String(keys), each: duration) }
        queuedKeys = QueuedKeys(keys: String((queuedKeys?.keys ?? "") + keys), duration: duration)
    }

    /// Hands the keys that nobody has taken to the partner.
    func passQueuedKeys() {
        guard let queued = queuedKeys else { return }
        queuedKeys = nil
        let left = String(queued.keys.suffix(digits.count))
        guard !left.isEmpty, digits.suffix(left.count).elementsEqual(left) else { return }
        digits.removeLast(left.count)
        passKeys(left, each: queued.duration)
    }

    private func passKeys(_ keys: String, each duration: Duration) {
        guard let partner else { return }
        partner.loop.execute { partner.assumeIsolated { _ = $0.sendKeys(keys, each: duration) } }
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

/// Keys that whoever is bridged with the channel gets.
struct QueuedKeys {
    let keys: String
    let duration: Duration
}
