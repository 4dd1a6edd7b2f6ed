import SwitchCore

/// What `read` and `play_and_get_digits` ask a caller for, once.
struct DigitRequest: Sendable {
    /// How it ended.
    enum Outcome: Sendable {
        /// A terminator was pressed, or as many keys as there may be.
        case complete
        /// There are enough keys, but the caller paused for too long.
        case timedOut
        /// Too few keys, or not the terminator that there has to be.
        case insufficient
        /// A terminator that leaves the application (`x#`).
        case left

        /// What `read_result` says of it.
        var result: String {
            switch self {
            case .complete: "success"
            case .timedOut: "timeout"
            case .insufficient, .left: "failure"
            }
        }
    }

    /// Nobody presses a key sooner than that, whatever a dialplan says.
    private static let shortestTime = Duration.seconds(1)

    private let minimum: Int
    private let maximum: Int
    private let prompt: String?
    private let variable: String?
    private let timeout: Duration
    private let digitTimeout: Duration
    /// The keys that end it, `#` where nothing is said: one has to be pressed where `=` is the first character; one with
    /// `+` before it is kept with the digits, and so is one with `x`, which leaves the application too.
    private let terminators: String

    /// A request in the words of an application, by their places.
    init(
        _ arguments: Arguments,
        minimum: Int,
        prompt: Int,
        variable: Int,
        timeout: Int,
        terminators: Int,
        digitTimeout: Int
    ) {
        self.minimum = minimum
        maximum = min(max(arguments.integer(1) ?? 0, minimum), Session.digitLimit)
        self.prompt = arguments[prompt]
        self.variable = arguments[variable]
        let longest = max(arguments.milliseconds(timeout, default: .zero), Self.shortestTime)
        let pause = arguments.milliseconds(digitTimeout, default: .zero)
        self.timeout = longest
        self.digitTimeout = pause > .zero ? pause : longest
        self.terminators = arguments[terminators] ?? "#"
    }

    /// Plays the prompt, collects keys, and notes in the variables what came of it.
    func collect(
        on session: isolated Session
    ) async throws -> (digits: String, terminator: Character?, outcome: Outcome) {
        session.setVariable("read_result", nil)
        session.setVariable("read_terminator_used", nil)
        if let variable { session.setVariable(variable, nil) }
        try await session.playIfPossible(prompt, ending: .collecting)
        let keys = try await session.collectDigits(
            maximum: maximum,
            timeout: timeout,
            digitTimeout: digitTimeout,
            terminators: Set(terminators)
        )
        var digits = keys.digits
        var outcome = keys.terminator != nil || digits.count >= maximum ? Outcome.complete : .timedOut
        if let key = keys.terminator {
            session.setVariable("read_terminator_used", String(key))
            let mark = mark(before: key)
            if mark == "+" || mark == "x" { digits.append(key) }
            if mark == "x" { outcome = .left }
        } else if terminators.hasPrefix("=") {
            outcome = .insufficient
        }
        if digits.count < minimum { outcome = .insufficient }
        session.setVariable("read_result", outcome.result)
        if let variable, !digits.isEmpty { session.setVariable(variable, digits) }
        return (digits, keys.terminator, outcome)
    }

    private func mark(before key: Character) -> Character? {
        guard let index = terminators.firstIndex(of: key), index > terminators.startIndex else { return nil }
        return terminators[terminators.index(before: index)]
    }
}
