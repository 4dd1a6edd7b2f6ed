/// Makes speech of a text: what a module such as `mod_flite` registers for `speak`.
public protocol SpeechEngine: Sendable {
    /// Speaks a text into a file that `playback` can play; the engine takes care of its files.
    ///
    /// - Parameter voice: The engine's name of a voice; `nil` takes its first.
    func sound(of text: String, voice: String?) async throws(SayError) -> String
}
