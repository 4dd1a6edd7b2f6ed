import SwitchCore

/// A text that a speech engine speaks.
struct SpokenText: Equatable {
    /// Who speaks.
    struct Voice: Equatable {
        /// The engine (`flite`); `nil` where nothing names one.
        var engine: String?
        /// The engine's name of the voice.
        var name: String?
    }

    var voice: Voice
    var text: String

    /// The longest text that is spoken, in bytes.
    static let limit = 4096

    init(voice: Voice, text: String) {
        (self.voice, self.text) = (voice, text)
    }

    /// What follows `say:` in the place of a file: `<engine>:<voice>:<text>`, or a text for the channel's own voice.
    init(saying text: String, on session: isolated Session) {
        self.init(text, separator: ":", on: session)
    }

    /// What `speak` is given: `[<engine>|<voice>|]<text>`.
    init(speaking text: String, on session: isolated Session) {
        self.init(text, separator: "|", on: session)
    }

    private init(_ text: String, separator: Character, on session: isolated Session) {
        let parts = text.split(separator: separator, maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 3 {
            self.init(voice: Voice(engine: parts[0], name: parts[1]), text: parts[2])
        } else {
            let own = Voice(engine: session.variable("tts_engine"), name: session.variable("tts_voice"))
            self.init(voice: own, text: text)
        }
    }
}

extension Session {
    /// Speaks a text until it is over or a key ends it; what the language or the text does not name, the channel does.
    @discardableResult
    func speak(_ spoken: SpokenText, ending keys: PromptKeys) async throws -> PlaybackOutcome {
        guard let name = spoken.voice.engine ?? variable("tts_engine"), !name.isEmpty else {
            throw ApplicationError("speech needs an engine (tts_engine)")
        }
        guard let engine = softswitch.speechEngines[name] else {
            throw ApplicationError("there is no speech engine \"\(name)\": is it installed, and its module loaded?")
        }
        guard spoken.text.utf8.count <= SpokenText.limit else {
            throw ApplicationError("the text is too long to speak")
        }
        let path: String
        do {
            path = try await engine.sound(of: spoken.text, voice: spoken.voice.name ?? variable("tts_voice"))
        } catch {
            throw ApplicationError("\(name): \(error)")
        }
        return try await play([path], ending: keys)
    }
}

/// Speaking texts.
enum SpeakApplications {
    static let all: [Application] = [
        Application("speak", syntax: "[<engine>|<voice>|]<text>", []) { session, data in
            let keys = session.playbackKeys
            try await session.speak(SpokenText(speaking: data, on: session), ending: keys)
        }
    ]
}
