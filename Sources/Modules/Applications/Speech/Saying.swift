import SwitchCore
import XMLConfig

/// A text that is said, as the application `say` and the action of a phrase describe it.
struct Saying: Equatable {
    var language: String
    var type: String
    var method: String?
    var gender: String?
    var text: String

    /// The prompts that say it.
    ///
    /// - Parameters:
    ///   - now: The present time in seconds since 1970.
    ///   - zone: The name of the listener's zone, or how many hours it is ahead of UTC; `nil` is the machine's zone.
    func prompts(_ softswitch: Switch, now: Int, zone: String?) throws -> [String] {
        guard let speaker = Self.speaker(for: language, in: softswitch) else {
            throw ApplicationError("there is no say module for the language \"\(language)\"")
        }
        guard let type = SayType(word: type) else { throw ApplicationError("say knows no type \"\(type)\"") }
        let request = SayRequest(
            type,
            SayMethod(word: method),
            text,
            gender: SayGender(word: gender),
            now: now,
            calendar: { seconds in
                let offset = zone.flatMap { softswitch.timeZones.offset(of: $0, at: Int64(seconds)) }
                return BrokenDownTime(secondsSinceEpoch: seconds, zone: offset)
            }
        )
        do {
            return try speaker.prompts(for: request)
        } catch {
            throw ApplicationError("say: \(error)")
        }
    }

    /// The module of a language; `en-us` and `en_us` are `en` where they have none of their own.
    private static func speaker(for language: String, in softswitch: Switch) -> (any SayLanguage)? {
        if let exact = softswitch.sayLanguages[language] { return exact }
        return softswitch.sayLanguages[String(language.prefix { $0 != "-" && $0 != "_" })]
    }
}

extension Session {
    /// The prompts that say something to the caller, in the zone of the variable `timezone`.
    func prompts(for saying: Saying) throws -> [String] {
        try saying.prompts(
            softswitch,
            now: Int(softswitch.wallClock() / 1_000_000),
            zone: variable("timezone")
        )
    }

    /// The language of prompts: the channel's `language`, else `default_language`, else English.
    var promptLanguage: String {
        let set = variable("language") ?? variable("default_language") ?? softswitch.xml.globals["default_language"]
        return set.flatMap { $0.isEmpty ? nil : $0 } ?? "en"
    }
}
