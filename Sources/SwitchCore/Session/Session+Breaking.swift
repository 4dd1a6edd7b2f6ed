public import MediaEngine

/// Something that `uuid_break` ends.
enum Breakable: Hashable {
    case sound(PlaybackID)
    case recording(RecordingID)
    /// A pause, by its number.
    case pause(UInt64)
}

/// Ending what a channel hears or waits for, without sending it elsewhere.
extension Session {
    /// Ends what was begun last of the sounds, recordings and pauses that are going on.
    ///
    /// - Parameter all: Whether what others asked of the channel and it has not begun is forgotten too.
    public func breakSounds(all: Bool) {
        if all { forgetMessages() }
        guard let last = breakables.last else { return }
        switch last {
        case .sound(let id): media?.stopPlayback(id)
        case .recording(let id): media?.stopRecording(id)
        case .pause:
            breakables.removeLast()
            wake()
        }
    }

    /// Whether a sound is played to the far end at the moment.
    public var isPlaying: Bool {
        breakables.contains { if case .sound = $0 { true } else { false } }
    }

    /// Does something to the sound that is played to the far end (`uuid_fileman`); false when there is none.
    public func changeSound(_ change: PlaybackChange) -> Bool {
        guard let id = currentSound else { return false }
        media?.change(id, change)
        return true
    }

    /// Makes the sound that is played louder or quieter; false when there is none.
    ///
    /// - Parameters:
    ///   - level: −4…4; 0 leaves it as it is.
    ///   - isRelative: Whether it counts from the level that it has.
    public func setSoundLevel(_ level: Int, isRelative: Bool) -> Bool {
        guard let id = currentSound else { return false }
        let levels = AudioShape.levels
        let asked = min(max(level, 2 * levels.lowerBound), 2 * levels.upperBound)
        let sum = (isRelative ? soundLevels[id] ?? 0 : 0) + asked
        let level = min(max(sum, levels.lowerBound), levels.upperBound)
        soundLevels[id] = level
        media?.change(id, .volume(AudioShape.factor(of: level)))
        return true
    }

    private var currentSound: PlaybackID? {
        for case .sound(let id) in breakables.reversed() { return id }
        return nil
    }

    /// Suspends the application for a while.
    ///
    /// - Throws: `CancellationError` when the call ended or was sent elsewhere.
    public func sleep(for duration: Duration) async throws {
        nextPause += 1
        let pause = Breakable.pause(nextPause)
        breakables.append(pause)
        defer { breakables.removeAll { $0 == pause } }
        try await wait(timeout: duration) { !$0.breakables.contains(pause) }
    }
}
