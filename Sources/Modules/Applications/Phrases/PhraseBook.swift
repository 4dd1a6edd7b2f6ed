import SwitchCore
import XMLConfig

/// A macro with what its language says about sounds and voices.
struct Phrase {
    let macro: PhraseMacro
    /// The language that it was found in.
    let language: String
    /// Where the language's prompts are (`sound-prefix`).
    let soundPrefix: String?
    /// The say module of the language (`say-module`).
    let sayModule: String
    /// The voice that speaks its texts.
    let voice: SpokenText.Voice
}

/// Finds macros in the `languages` section.
enum PhraseBook {
    /// The phrase of a name, `macro` or `macro@group`, in a language, or in the one that it is a variety of.
    ///
    /// - Parameter parameters: What providers are told of the question, by what is asked for itself.
    static func phrase(
        _ name: String,
        language: String,
        in softswitch: Switch,
        parameters: (_ own: [(String, String)]) -> [(String, String)]
    ) async throws -> Phrase {
        let plain = String(language.prefix { $0 != "-" && $0 != "_" })
        for candidate in plain == language ? [language] : [language, plain] {
            // Providers are asked for the whole section, as FreeSWITCH does.
            let section = await softswitch.xml.locate(
                section: .languages,
                tag: "",
                key: "",
                value: "",
                parameters: parameters([("macro_name", name), ("lang", candidate)])
            )
            let node = section?.firstChild(named: "language", where: "name", equals: candidate)
            guard let node, let macro = macro(name, in: node) else { continue }
            return try phrase(macro, of: node, language: candidate)
        }
        throw ApplicationError("there is no phrase \"\(name)\" in the language \"\(language)\"")
    }

    private static func phrase(_ macro: XMLNode, of node: XMLNode, language: String) throws -> Phrase {
        do {
            return Phrase(
                macro: try PhraseMacro(macro),
                language: language,
                soundPrefix: node.nonEmpty(attribute: "sound-prefix") ?? node.nonEmpty(attribute: "sound-path"),
                sayModule: node.nonEmpty(attribute: "say-module") ?? language,
                voice: SpokenText.Voice(
                    engine: node.nonEmpty(attribute: "tts-engine"),
                    name: node.nonEmpty(attribute: "tts-voice")
                )
            )
        } catch {
            throw ApplicationError("phrase: \(error)")
        }
    }

    private static func macro(_ name: String, in language: XMLNode) -> XMLNode? {
        let parts = name.split(separator: "@", maxSplits: 1).map(String.init)
        let lists = (language.first("phrases") ?? language).children(named: "macros")
        for list in lists where parts.count < 2 || list[attribute: "name"] == parts[1] {
            if let macro = list.firstChild(named: "macro", where: "name", equals: parts.first ?? "") { return macro }
        }
        return nil
    }
}
