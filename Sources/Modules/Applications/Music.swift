import SwitchCore

/// Music for somebody who waits for as long as something is done.
extension Session {
    /// Lets a channel, which may be this one, hear music while something is done here.
    ///
    /// - Parameter music: The name of a sound; none, `silence` and the like are nothing to hear.
    @discardableResult
    func playingMusic<Result>(
        _ music: String?,
        to hearer: Session,
        while work: (isolated Session) async throws -> Result
    ) async rethrows -> Result {
        let music = SoundChoice(music).name
        let player = music.map { music in
            Task(executorPreference: hearer.loop) { await hearer.playMusic(music) }
        }
        defer { player?.cancel() }
        return try await work(self)
    }

    /// Plays music until the task is cancelled.
    private func playMusic(_ music: String) async {
        // Music that ends begins again; what cannot be played is not tried twice.
        while !Task.isCancelled, let outcome = try? await playIfPossible(music, ending: .none), outcome.samples > 0 {}
    }
}
