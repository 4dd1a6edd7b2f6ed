import Base

/// How a far end hears the keys that the switch sends it.
public enum KeyTransport: Sendable, Hashable {
    /// In its audio: as events (RFC 4733) where they were agreed on, else as tones.
    case media
    /// In its audio as tones, those of its partner, too, which come as events that it does not take.
    case tones
    /// Beside its audio, each with a request of its own (SIP: INFO).
    case signalling
    /// Not at all.
    case nowhere
}

/// Keys as operators write them: `12w3@200` says how long each of them is, and after a `+` come others of another length.
public struct KeyRun: Sendable, Hashable {
    /// How many runs there may be in a text.
    private static let limit = 64
    /// What is not longer than that is no length, in milliseconds.
    private static let shortestLength = 50

    /// The keys, and `w` and `W` for pauses of half a second and of a second.
    public let keys: String
    /// How long each key is.
    public let milliseconds: Int

    /// The runs of a text.
    public static func reading(_ text: String, lengths: KeyLengths) -> [KeyRun] {
        text.split(separator: "+").prefix(limit).map { run in
            let parts = run.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
            let digits = parts.count > 1 ? parts[1].prefix { $0.isASCII && $0.isNumber } : ""
            let wanted = Int(digits).flatMap { $0 > shortestLength ? $0 : nil }
            return KeyRun(keys: String(parts.first ?? ""), milliseconds: lengths.milliseconds(wanted))
        }
    }
}

/// The keys that wait to be told to a far end beside its audio: one after the other, as they would be in it.
struct SignalledKeys {
    /// A key, or none in a pause, and how long it is until the next.
    struct Step: Hashable {
        let key: Character?
        let milliseconds: Int
        let time: Duration
    }

    /// How many keys and pauses may wait.
    static let limit = 128
    /// The silence after a key.
    private static let gap = Duration.milliseconds(100)
    /// How much of a key's length the next one waits for where somebody presses them: he has waited himself.
    private static let longestWait = Duration.milliseconds(100)

    private var waiting: [Step] = []

    /// Adds keys and pauses; unknown characters are ignored.
    ///
    /// - Parameter areLive: Whether somebody presses them now.
    mutating func append(_ keys: String, each duration: Duration, areLive: Bool = false) {
        let milliseconds = Int(clamping: duration.wholeMilliseconds)
        let time = (areLive ? min(duration, Self.longestWait) : duration) + Self.gap
        for key in keys where waiting.count < Self.limit {
            switch key {
            case "w": waiting.append(Step(key: nil, milliseconds: 0, time: .milliseconds(500)))
            case "W": waiting.append(Step(key: nil, milliseconds: 0, time: .seconds(1)))
            default:
                guard let key = key.uppercased().first, Session.allKeys.contains(key) else { continue }
                waiting.append(Step(key: key, milliseconds: milliseconds, time: time))
            }
        }
    }

    /// What is next; `nil` at the end.
    mutating func next() -> Step? { waiting.isEmpty ? nil : waiting.removeFirst() }
}
