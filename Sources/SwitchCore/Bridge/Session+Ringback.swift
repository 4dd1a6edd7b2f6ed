import Base
import Logging
import MediaEngine

/// The sound that a caller hears while others ring (`ringback`, and `transfer_ringback` once the call is answered).
extension Session {
    /// Begins the ringback that the channel's variables name, unless it goes on already; false when they name none.
    func startRingback() -> Bool {
        let chosen = isAnswered ? variables["transfer_ringback"] ?? variables["ringback"] : variables["ringback"]
        // Whose media go past the switch hears its own ringing, or the other far end.
        guard let chosen, !passesMedia else { return false }
        guard ringbackTask == nil, heardLeg == nil else { return true }
        ringbackTask = Task(executorPreference: loop) { await self.playRingback(Self.ringbackSound(chosen)) }
        return true
    }

    /// Ends the ringback.
    func stopRingback() {
        ringbackTask?.cancel()
        ringbackTask = nil
    }

    /// A file, a pseudo-file, `silence`, or a script of tones.
    static func ringbackSound(_ text: String) -> String {
        if text.lowercased().hasPrefix("silence"), !text.contains("/") { return "silence_stream://-1" }
        return text.contains("/") ? text : "tone_stream://\(text);loops=-1"
    }

    /// Plays a sound again and again, until it is told to stop.
    func playRingback(_ name: String) async {
        do {
            var source = try await openSound(name)
            preAnswer()
            while let media, !isOver, !Task.isCancelled {
                guard let samples = try await play(source, .alone, on: media), samples > 0 else { return }
                source = try await openSound(name)
            }
        } catch is CancellationError {
            // Somebody answered, or nobody will.
        } catch {
            logger.warning("no ringback", metadata: ["error": "\(error)"])
            ringReady()
        }
    }
}
