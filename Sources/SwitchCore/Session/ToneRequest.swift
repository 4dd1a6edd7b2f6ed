import Base
public import MediaEngine

/// A tone that is listened for, and what follows when it was heard: `tone_detect`.
public struct ToneRequest: Sendable {
    /// What it is called, in events and to have it listened for again.
    public let key: String
    /// The tone; `nil` for one that was asked for before under the same key.
    public let tone: ToneOptions?
    /// An application that is run then, and its data.
    public let application: DialplanAction?
    /// Whether nothing is listened for any more then (`o`).
    public let endsAll: Bool
    /// For how long it is listened for; `nil` as long as the call lasts.
    public let limit: Duration?

    private static let longestLimit: Int64 = 86_400

    /// Reads `<key> <frequency>[,<frequency> …] [<flags> [<timeout> [<application> [<data> [<hits>]]]]]`.
    ///
    /// - Parameters:
    ///   - words: The arguments; the last may also be the hits in the place of an application.
    ///   - second: The time in seconds since 1970, for a timeout that is a moment; `+` before it counts from now.
    ///   - variable: The channel's variables: `tone_detect_hits`, and `tone_detect_sleep` and `_expires`, in packets.
    /// - Throws: ``ApplicationError`` for what makes no sense.
    public init(_ words: [String], second: Int64, variable: (String) -> String?) throws {
        let word = { (index: Int) in words.indices.contains(index) && !words[index].isEmpty ? words[index] : nil }
        guard let key = word(0) else { throw ApplicationError("tone_detect needs a key and frequencies") }
        self.key = key
        let flags = word(2) ?? "r"
        endsAll = flags.contains("o")
        limit = try word(3).flatMap { try Self.limit($0, second) }
        // A number in the place of the application is how often the tone has to be heard.
        let isOnlyHits = word(4).map { Int($0) != nil && word(5) == nil } ?? false
        application = isOnlyHits ? nil : word(4).map { DialplanAction(application: $0, data: word(5) ?? "") }
        tone = try word(1).map { text in
            var tone = ToneOptions(frequencies: Self.frequencies(text))
            guard tone.isPossible else { throw ApplicationError("tone_detect: \"\(text)\" is no list of frequencies") }
            tone.direction = flags.contains("w") && !flags.contains("r") ? .sent : .received
            let positive = { (text: String?) in text.flatMap { Int($0) }.flatMap { $0 > 0 ? min($0, 10_000) : nil } }
            tone.hits = positive(variable("tone_detect_hits")) ?? positive(isOnlyHits ? word(4) : word(6)) ?? 1
            let packet = Duration.milliseconds(20)
            if let packets = positive(variable("tone_detect_sleep")) { tone.pause = packet * packets }
            if let packets = positive(variable("tone_detect_expires")) { tone.expiry = packet * packets }
            return tone
        }
    }

    /// Frequencies between commas; what is not a number is left out.
    private static func frequencies(_ text: String) -> [Double] {
        text.split(separator: ",").compactMap { Double($0.filter { $0 != " " }) }.filter { $0 != 0 }
    }

    /// `+3`, or a second since 1970; 0 is no limit.
    private static func limit(_ text: String, _ second: Int64) throws -> Duration? {
        let isRelative = text.hasPrefix("+")
        guard let number = Int64(isRelative ? text.dropFirst() : text[...]) else {
            throw ApplicationError("tone_detect: \"\(text)\" is no timeout")
        }
        if !isRelative, number == 0 { return nil }
        let seconds = isRelative ? number : max(number, 0) - second
        guard seconds > 0 else { throw ApplicationError("tone_detect: the timeout \"\(text)\" is over") }
        return .seconds(min(seconds, longestLimit))
    }
}
