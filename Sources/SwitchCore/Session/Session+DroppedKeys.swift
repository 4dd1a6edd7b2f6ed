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

    /// How the far end hears keys now; tones that were asked for are in the audio, whatever else it would hear.
    private var keyTransport: KeyTransport { speaksKeys && media != nil ? .media : leg?.keyTransport ?? .media }

    /// Sends keys to the far end, unless it is to hear none; false when there is no way to it.
    public func sendKeys(_ keys: String, each duration: Duration) -> Bool {
        guard media != nil || keyTransport == .signalling else { return false }
        if blocksKeys { return true }
        if dropsKeys {
            for _ in keys { maskKey() }
        } else {
            deliver(keys, each: duration)
        }
        return true
    }

    /// - Parameter areLive: Whether the partner presses them now.
    private func deliver(_ keys: String, each duration: Duration, areLive: Bool = false) {
        switch keyTransport {
        case .media, .tones: media?.sendDTMF(keys, duration: duration)
        case .nowhere: break
        case .signalling:
            signalledKeys.append(keys, each: duration, areLive: areLive)
            if keyTimer == nil { signalNextKey() }
        }
    }

    /// One request for one key, and the next when that key would be over: requests may overtake each other on their way.
    private func signalNextKey() {
        keyTimer = nil
        guard !isOver, let step = signalledKeys.next() else { return }
        if let key = step.key { signal(key, milliseconds: step.milliseconds) }
        keyTimer = loop.schedule(at: loop.now + step.time) { [weak self] in
            self?.assumeIsolated { $0.signalNextKey() }
        }
    }

    /// Those that waited go where keys go now: the far end may have refused the first one.
    private func signal(_ key: Character, milliseconds: Int) {
        switch keyTransport {
        case .signalling: _ = leg?.perform(.key(key, milliseconds: milliseconds))
        case .media, .tones: media?.sendDTMF(String(key), duration: .milliseconds(milliseconds))
        case .nowhere: break
        }
    }

    /// Takes keys as if the far end had pressed them: the partner gets them, now or when there is one (`queue_dtmf`).
    ///
    /// Until then they are there for whatever collects keys.
    public func queueKeys(_ keys: String, each duration: Duration) {
        let keys = keys.uppercased().filter { Self.allKeys.contains($0) }.prefix(Self.digitLimit)
        for key in keys { receivedDigit(key, milliseconds: Int(clamping: duration.wholeMilliseconds)) }
        guard partner == nil else { return }
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
    ///
    /// - Parameters:
    ///   - isInMedia: Whether the key came with the partner's audio, so that the streams bring it where audio has keys.
    ///   - isPassed: Whether the far end shall have it at all.
    nonisolated func partnerPressedKey(_ key: Character, milliseconds: Int, isInMedia: Bool, isPassed: Bool) {
        loop.execute {
            self.assumeIsolated { session in
                if session.dropsKeys { return session.maskKey() }
                // What takes events has got this one by the streams, or is to hear none.
                let transport = session.keyTransport
                let hasHeard = isInMedia && (transport == .media || transport == .nowhere)
                guard isPassed, !session.blocksKeys, !hasHeard else { return }
                session.deliver(String(key), each: .milliseconds(milliseconds), areLive: true)
            }
        }
    }

    private func maskKey() {
        if let keys = variables[Self.maskName] { deliver(keys, each: Self.maskLength) }
        guard let sound = variables[Self.soundName] else { return }
        Task(executorPreference: loop) { await Broadcast(sound, legs: "aleg").run(on: self) }
    }
}

/// Keys that whoever is bridged with the channel gets.
struct QueuedKeys {
    let keys: String
    let duration: Duration
}
