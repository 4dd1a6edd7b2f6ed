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
    ///   - zoneHours: How many hours the listener's zone is ahead of UTC; `nil` is the machine's zone.
    func prompts(_ softswitch: Switch, now: Int, zoneHours: Int?) throws -> [String] {
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
            calendar: { BrokenDownTime(secondsSinceEpoch: $0, zoneHours: zoneHours) }
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
    /// The prompts that say something to the caller, in the zone of the variable `timezone` where that is a number.
    func prompts(for saying: Saying) throws -> [String] {
        try saying.prompts(
            softswitch,
            now: Int(softswitch.wallClock() / 1_000_000),
            zoneHours: variable("timezone").flatMap { Int($0) }
        )
    }

    /// The language of prompts: the channel's `language`, else `default_language`, else English.
    var promptLanguage: String {
        let set = variable("language") ?? variable("default_language") ?? softswitch.xml.globals["default_language"]
        return set.flatMap { $0.isEmpty ? nil : $0 } ?? "en"
    }
}
