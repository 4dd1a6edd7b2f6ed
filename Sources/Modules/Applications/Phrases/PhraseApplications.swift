import Logging
import SwitchCore
import XMLConfig

/// Playing phrases.
enum PhraseApplications {
    static let all: [Application] = [
        Application("phrase", syntax: "<macro>[@<group>],<data>", []) { session, data in
            let parts = data.split(separator: ",", maxSplits: 1).map(String.init)
            guard let macro = parts.first else { throw ApplicationError("phrase needs the name of a macro") }
            try await session.playPhrase(
                macro,
                parts.count > 1 ? parts[1] : "",
                ending: session.playbackKeys
            )
        }
    ]
}

extension Session {
    /// How many phrases may be inside one another.
    private static let phraseDepthLimit = 20

    /// Plays a phrase of the channel's language until it is over, or a key or a command ends it.
    @discardableResult
    func playPhrase(
        _ name: String,
        _ data: String,
        language: String? = nil,
        ending keys: PromptKeys,
        depth: Int = 0
    ) async throws -> PlaybackOutcome {
        guard depth < Self.phraseDepthLimit else { throw ApplicationError("phrases are nested too deeply") }
        let phrase = try await PhraseBook.phrase(
            name,
            language: language ?? promptLanguage,
            in: softswitch
        ) { own in
            lookUpParameters(
                for: .languages,
                own: own + (data.isEmpty ? [] : [("data", data)]),
                file: "switch_ivr_play_say.c",
                function: "switch_ivr_phrase_macro_event"
            )
        }
        let prefix = variable("sound_prefix")
        if let own = phrase.soundPrefix, !isTrue("sound_prefix_enforced") { setVariable("sound_prefix", own) }
        defer { setVariable("sound_prefix", prefix) }
        var all = PlaybackOutcome()
        var isFirst = true
        for input in phrase.macro.inputs {
            let text = if let field = input.field { await expand(field) } else { data }
            let (actions, goesOn) = input.outcome(for: text)
            for action in actions.prefix(while: { $0.function != "break" }) {
                if !isFirst, phrase.macro.pause > 0 { try await sleep(for: .milliseconds(phrase.macro.pause)) }
                isFirst = false
                let outcome = try await perform(action, of: phrase, ending: keys, depth: depth)
                all.add(outcome)
                if all.isEnded { return all }
            }
            if !goesOn || actions.contains(where: { $0.function == "break" }) { break }
        }
        return all
    }

    /// Does one step; one that cannot be done is reported and left out.
    private func perform(
        _ action: PhraseMacro.Action,
        of phrase: Phrase,
        ending keys: PromptKeys,
        depth: Int
    ) async throws -> PlaybackOutcome {
        let data = await expand(action.data)
        do {
            switch action.function {
            case "play-file":
                return try await playPrompt(data, ending: keys)
            case "say":
                let saying = Saying(
                    language: phrase.sayModule,
                    type: action.type ?? "",
                    method: action.method,
                    gender: action.gender,
                    text: data
                )
                return try await play(try prompts(for: saying), ending: keys)
            case "speak-text":
                return try await speak(SpokenText(voice: phrase.voice, text: data), ending: keys)
            case "phrase":
                let (name, argument) = action.target.map { ($0, data) } ?? Self.head(of: data, before: ",")
                return try await playPhrase(
                    name,
                    argument,
                    language: phrase.language,
                    ending: keys,
                    depth: depth + 1
                )
            case "execute":
                let (name, argument) = action.target.map { ($0, data) } ?? Self.call(in: data)
                await execute(name, argument)
            case "sleep":
                try await sleep(for: .milliseconds(min(max(Int(data) ?? 0, 0), 3_600_000)))
            default:
                throw ApplicationError("phrases know no \"\(action.function)\"")
            }
        } catch let error as ApplicationError {
            logger.error("\(error)", metadata: ["phrase": "\(phrase.macro.name)"])
        }
        return PlaybackOutcome()
    }

    /// `sleep(1000)`, as phrases write an application and its data.
    private static func call(in text: String) -> (String, String) {
        let (name, rest) = head(of: text, before: "(")
        return (name, rest.hasSuffix(")") ? String(rest.dropLast()) : rest)
    }

    private static func head(of text: String, before mark: Character) -> (String, String) {
        let parts = text.split(separator: mark, maxSplits: 1).map(String.init)
        return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
    }
}
