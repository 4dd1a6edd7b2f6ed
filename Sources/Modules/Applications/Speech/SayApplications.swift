import SwitchCore

/// Saying numbers, times and names with recorded words.
enum SayApplications {
    static let all: [Application] = [
        Application("say", syntax: "<module>[:<language>] <type> <method> [<gender>] <text>", []) { session, data in
            guard let saying = saying(of: data) else {
                throw ApplicationError("say needs module type method text, not \"\(data)\"")
            }
            let keys = session.playbackKeys
            try await session.play(try session.prompts(for: saying), ending: keys)
        }
    ]

    private static let stringSyntax =
        "<module_name>[.<ext>] <lang>[.<ext>] <say_type> <say_method> [<say_gender>] <text>"

    static let commands: [APICommand] = [
        APICommand(
            "say_string",
            syntax: stringSyntax,
            summary: "the prompts that say something, as a file_string"
        ) { context, data in
            sayString(data, context.softswitch)
        }
    ]

    /// `module type method [gender] text`: the gender is told from the text by its word.
    private static func saying(of data: String) -> Saying? {
        let words = data.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count == 4 else { return nil }
        let (gender, text) = gender(in: words[3])
        let module = String(words[0].prefix { $0 != ":" })
        return Saying(language: module, type: words[1], method: words[2], gender: gender, text: text)
    }

    private static func gender(in text: String) -> (gender: String?, text: String) {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, SayGender(rawValue: parts[0].lowercased()) != nil else { return (nil, text) }
        return (parts[0], parts[1])
    }

    /// `say_string en.gsm en current_time pronounced 1234`: the extension is that of the files.
    private static func sayString(_ data: String, _ softswitch: Switch) -> String {
        let words = data.split(separator: " ", maxSplits: 4).map(String.init)
        guard words.count == 5 else {
            return "-ERR Usage: \(stringSyntax)\n"
        }
        let (gender, text) = gender(in: words[4])
        let parts = words[0].split(separator: ".", maxSplits: 1).map(String.init)
        let saying = Saying(
            language: parts[0],
            type: words[2],
            method: words[3],
            gender: gender,
            text: text
        )
        do {
            let now = Int(softswitch.wallClock() / 1_000_000)
            let prompts = try saying.prompts(softswitch, now: now, zone: nil)
            let names = prompts.map { prompt in
                let isFile = prompt.hasSuffix(".wav")
                return isFile && parts.count > 1 ? "\(prompt.dropLast(".wav".count)).\(parts[1])" : prompt
            }
            return "file_string://\(names.joined(separator: "!"))"
        } catch {
            return "-ERR \(error)\n"
        }
    }
}
