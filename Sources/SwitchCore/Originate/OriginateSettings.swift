import Base

/// How an originate goes about its legs, read from the variables of FreeSWITCH's names.
struct OriginateSettings: Sendable {
    /// How long all legs together may take (`originate_timeout`, `call_timeout`); 60 s by default.
    var timeout: Duration
    /// How the legs' early media is treated (`ignore_early_media`).
    var earlyMedia: EarlyMedia
    /// Whether the caller hears no ringing of the legs (`ignore_ring_ready`).
    var ignoresRinging: Bool
    /// Whether one refusal ends all (`fail_on_single_reject`); `nil` when it does not.
    var failsOnReject: CauseList?
    /// Whether the next alternative is tried after a time-out (`originate_continue_on_timeout`).
    var continuesOnTimeout: Bool

    /// What early media of a leg means.
    enum EarlyMedia: Sendable {
        /// The leg has won.
        case connects
        /// It is ignored; the answer counts.
        case ignored
        /// It counts as ringing.
        case rings
    }

    /// Reads the settings through a look-up of variables: those of the dial string, then those of the caller.
    init(_ variable: (String) -> String?) {
        let seconds = (variable("originate_timeout") ?? variable("call_timeout")).flatMap { Int($0) }
        timeout = .seconds(seconds.map { max($0, 1) } ?? 60)
        earlyMedia =
            switch variable("ignore_early_media") {
            case "ring_ready"?: .rings
            case "consume"?: .ignored
            case let word?: word.isTrueSetting ? .ignored : .connects
            case nil: .connects
            }
        ignoresRinging = variable("ignore_ring_ready")?.isTrueSetting ?? false
        failsOnReject = variable("fail_on_single_reject").flatMap { CauseList($0) }
        continuesOnTimeout = variable("originate_continue_on_timeout")?.isTrueSetting ?? false
    }

    /// A leg's own time limit (`leg_timeout`).
    static func legTimeout(_ variables: Variables) -> Duration? {
        variables["leg_timeout"].flatMap { Int($0) }.map { .seconds(max($0, 1)) }
    }
}

/// A list of causes as `continue_on_fail` and its relatives take it: `true`, names, numbers, or all but some (`!`).
public struct CauseList: Sendable, Equatable {
    private enum Kind: Equatable {
        case all
        case only(Set<String>)
        case allBut(Set<String>)
    }

    private let kind: Kind

    /// Reads a list; `nil` when the text means false.
    public init?(_ text: String) {
        if text.isTrueSetting, Int(text) == nil || text == "1" {
            kind = .all
            return
        }
        let isNegated = text.hasPrefix("!")
        let words = text.dropFirst(isNegated ? 1 : 0).split(separator: ",").map { word in
            let trimmed = word.drop { $0 == " " }
            return HangupCause(trimmed)?.name ?? trimmed.uppercased()
        }
        guard !words.isEmpty, text.lowercased() != "false" else { return nil }
        kind = isNegated ? .allBut(Set(words)) : .only(Set(words))
    }

    /// Whether a cause is in the list.
    public func contains(_ cause: HangupCause) -> Bool {
        switch kind {
        case .all: true
        case .only(let names): names.contains(cause.name)
        case .allBut(let names): !names.contains(cause.name)
        }
    }
}
