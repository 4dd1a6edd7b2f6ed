import Base
import MediaEngine

/// What the variables of a channel, or those of one recording, say about a recording of a call (`RECORD_STEREO` and others).
struct CallRecordingSettings {
    /// Which directions are recorded, and when silence ends it.
    var options = RecordingOptions()
    /// Two for `RECORD_STEREO`: what the far end says on one side, what it hears on the other.
    var channels = 1
    /// The rate of the file, where it is not that of the call.
    var rate: Int?
    /// Whether a file that exists is continued.
    var appends = false
    /// A recording that is shorter is thrown away.
    var minimumSeconds = 0
    /// Nothing is recorded before the answer.
    var needsAnswer = false
    /// Nothing is recorded but bridges.
    var needsBridge = false
    /// Asking for it again ends it.
    var endsOnRepeat = false
    /// The partner's recording of that name counts as one of this channel.
    var countsPartners = false
    /// What the file says of itself (`RECORD_TITLE` and others).
    var titles: [SoundTitle: String] = [:]
    /// The call ends when the file cannot be written.
    var endsCallOnFailure = false

    /// The mean amplitude below which audio is silence where nothing else is said.
    private static let usualThreshold = 200
    private static let longestSeconds = 86_400

    /// Reads the settings.
    ///
    /// - Parameter variable: Gives the value of a variable.
    init(limit: Duration?, _ variable: (String) -> String?) {
        func isTrue(_ name: String) -> Bool { variable(name)?.isTrueSetting ?? false }
        func number(_ name: String) -> Int? {
            guard let text = variable(name), let value = Int(text), value >= 0 else { return nil }
            return value
        }
        options.maximumDuration = limit
        options.takesSent = !isTrue("RECORD_READ_ONLY")
        options.takesReceived = !isTrue("RECORD_WRITE_ONLY") || isTrue("RECORD_READ_ONLY")
        options.hearsSent = true
        options.swapsChannels = isTrue("RECORD_STEREO_SWAP")
        channels = isTrue("RECORD_STEREO") || options.swapsChannels ? 2 : 1
        rate = number("record_sample_rate")
        appends = isTrue("RECORD_APPEND")
        minimumSeconds = min(number("RECORD_MIN_SEC") ?? 0, Self.longestSeconds)
        needsAnswer = isTrue("RECORD_ANSWER_REQ")
        needsBridge = isTrue("RECORD_BRIDGE_REQ")
        endsOnRepeat = isTrue("RECORD_TOGGLE_ON_REPEAT")
        countsPartners = isTrue("RECORD_CHECK_BRIDGE")
        endsCallOnFailure = isTrue("RECORD_HANGUP_ON_ERROR")
        titles = SoundTitle.read(variable)
        let limits = (number("RECORD_INITIAL_TIMEOUT_MS"), number("RECORD_FINAL_TIMEOUT_MS"))
        if limits.0 != nil || limits.1 != nil { options.silenceThreshold = Self.usualThreshold }
        if let threshold = number("RECORD_SILENCE_THRESHOLD") { options.silenceThreshold = threshold }
        options.initialSilence = Self.duration(limits.0) ?? .zero
        options.silenceDuration = Self.duration(limits.1)
    }

    private static func duration(_ milliseconds: Int?) -> Duration? {
        guard let milliseconds, milliseconds > 0 else { return nil }
        return .milliseconds(min(milliseconds, longestSeconds * 1000))
    }
}

extension SoundTitle {
    /// The variable that has the text: `RECORD_TITLE`.
    var variable: String { "RECORD_\(rawValue.uppercased())" }

    /// The texts that variables have.
    static func read(_ variable: (String) -> String?) -> [SoundTitle: String] {
        var titles: [SoundTitle: String] = [:]
        for title in allCases {
            guard let text = variable(title.variable), !text.isEmpty else { continue }
            titles[title] = String(decoding: text.utf8.prefix(lengthLimit), as: UTF8.self)
        }
        return titles
    }
}
