public import MediaEngine

/// How loud one direction of a call is: its level, and whether it is silent, are independent of each other.
struct AudioShape {
    /// The levels that there are.
    static let levels = -4...4

    /// −4…4; 0 leaves the audio as it is.
    var level = 0
    var isMuted = false

    /// By what samples are multiplied.
    var factor: Double { isMuted ? 0 : Self.factor(of: level) }

    /// By what a level multiplies samples.
    static func factor(of level: Int) -> Double {
        let (quieter, louder) = ([0.8, 0.6, 0.4, 0.2], [1.3, 2.3, 3.3, 4.3])
        guard level != 0 else { return 1 }
        let steps = level > 0 ? louder : quieter
        return steps[min(abs(max(level, levels.lowerBound)), steps.count) - 1]
    }
}

/// How loud the call is.
extension Session {
    /// Makes one direction louder or quieter (`set_audio_level`, `uuid_audio`).
    ///
    /// - Parameter level: −4…4; 0 leaves the audio as it is.
    /// - Returns: Whether there is such a level, and audio.
    @discardableResult
    public func setAudioLevel(_ level: Int, of direction: AudioDirection) -> Bool {
        guard AudioShape.levels.contains(level) else { return false }
        return shape(direction) { $0.level = level }
    }

    /// Makes one direction silent, or no longer (`set_mute`, `uuid_audio`); false when there is no audio.
    @discardableResult
    public func mute(_ isMuted: Bool, _ direction: AudioDirection) -> Bool {
        shape(direction) { $0.isMuted = isMuted }
    }

    /// Leaves both directions as they are again (`uuid_audio stop`).
    public func resetAudio() {
        for direction in [AudioDirection.received, .sent] { shape(direction) { $0 = AudioShape() } }
    }

    /// Lets nothing be heard in either direction, or everything again (`uuid_pause`).
    public func pauseAudio(_ isPaused: Bool) {
        audioIsPaused = isPaused
        reshapeAudio()
    }

    /// Applies what was set before the audio was there.
    func reshapeAudio() {
        for direction in [AudioDirection.received, .sent] { shape(direction) { _ in } }
    }

    @discardableResult
    private func shape(_ direction: AudioDirection, _ change: (inout AudioShape) -> Void) -> Bool {
        guard let media else { return false }
        var shape = audioShapes[direction] ?? AudioShape()
        change(&shape)
        audioShapes[direction] = shape
        media.setLevel(audioIsPaused ? 0 : shape.factor, of: direction)
        return true
    }
}
