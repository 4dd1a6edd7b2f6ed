import Base
import Logging
import SwitchCore

/// What keys do to a prompt that is being played.
struct PromptKeys: Sendable {
    /// The keys that end it.
    var terminators: Set<Character>
    /// Whether the key stays for whoever collects keys.
    var keepsTerminator = false
    /// When all of it has to be over, where that is known before it begins.
    var deadline: MonotonicInstant?

    /// Any key ends the prompt and is the first of those that are collected.
    static let collecting = PromptKeys(terminators: Session.allKeys, keepsTerminator: true)
    /// The prompt is played to its end.
    static let none = PromptKeys(terminators: [])
}

extension Session {
    /// The keys that end what the channel plays (`playback_terminators`), and are gone then.
    var playbackKeys: PromptKeys { PromptKeys(terminators: playbackTerminators) }

    /// Plays sounds one after the other, until a key or a command ends them.
    @discardableResult
    func play(_ sounds: [String], ending keys: PromptKeys) async throws -> PlaybackOutcome {
        var all = PlaybackOutcome()
        for sound in sounds {
            let outcome = try await play(
                sound,
                terminators: keys.terminators,
                keepsTerminator: keys.keepsTerminator,
                until: keys.deadline
            )
            all.add(outcome)
            if all.isEnded { break }
        }
        return all
    }

    /// Plays what a dialplan may name in the place of a file: a sound, `phrase:<macro>[:<data>]`, `say:<text>`.
    ///
    /// - Throws: ``ApplicationError`` when it cannot be played; `CancellationError` when the call ended.
    @discardableResult
    func playPrompt(_ name: String, ending keys: PromptKeys) async throws -> PlaybackOutcome {
        if keys.keepsTerminator, let key = digits.first(where: { keys.terminators.contains($0) }) {
            return PlaybackOutcome(terminator: key)
        }
        if name.hasPrefix("phrase:") {
            let parts = name.dropFirst("phrase:".count).split(separator: ":", maxSplits: 1).map(String.init)
            guard let macro = parts.first else { throw ApplicationError("phrase: needs the name of a macro") }
            return try await playPhrase(macro, parts.count > 1 ? parts[1] : "", ending: keys)
        }
        if name.hasPrefix("say:") {
            return try await speak(SpokenText(saying: String(name.dropFirst("say:".count)), on: self), ending: keys)
        }
        return try await play([name], ending: keys)
    }

    /// Plays a prompt that the call can do without: one that cannot be played is reported, and the call goes on.
    @discardableResult
    func playIfPossible(_ name: String?, ending keys: PromptKeys) async throws -> PlaybackOutcome {
        guard let name = SoundChoice(name).name else { return PlaybackOutcome() }
        do {
            return try await playPrompt(name, ending: keys)
        } catch let error as ApplicationError {
            logger.error("\(error)", metadata: ["prompt": "\(name)"])
            return PlaybackOutcome()
        }
    }
}
