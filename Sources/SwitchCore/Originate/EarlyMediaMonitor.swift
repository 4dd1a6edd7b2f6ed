import MediaEngine

/// What is listened for in the early media of a leg (`monitor_early_media_fail`, `monitor_early_media_ring`).
struct EarlyMediaMonitor: Sendable {
    /// A tone, and what it means.
    struct Tone: Sendable {
        let options: ToneOptions
        /// Why the leg ends with it; `nil` when it rings.
        let failure: HangupCause?
    }

    /// The tones, those of failures first.
    let tones: [Tone]

    /// The most tones of a leg.
    private static let toneLimit = Session.toneLimit

    /// The monitor that a leg's variables ask for; `nil` when they name no tone.
    ///
    /// `user_busy:2:480+620!destination_out_of_order:2:1776.7` are causes with hits and frequencies, and `2:440+480`
    /// hits and frequencies of what is ringing, which have to be there `monitor_early_media_ring_total` times.
    init?(_ variables: Variables) {
        let failures = Self.parts(of: variables["monitor_early_media_fail"]).compactMap { part -> Tone? in
            guard part.count == 3, let tone = ToneOptions(hits: part[1], part[2]) else { return nil }
            return Tone(options: tone, failure: HangupCause(part[0]) ?? .userBusy)
        }
        let total = variables["monitor_early_media_ring_total"].flatMap { Int($0) } ?? 1
        let rings = (1..<100).contains(total) ? total : 1
        let ringing = Self.parts(of: variables["monitor_early_media_ring"]).compactMap { part -> Tone? in
            guard part.count == 2, let tone = ToneOptions(hits: part[0], part[1], times: rings) else { return nil }
            return Tone(options: tone, failure: nil)
        }
        tones = Array((failures + ringing).prefix(Self.toneLimit))
        if tones.isEmpty { return nil }
    }

    private static func parts(of text: String?) -> [[Substring]] {
        (text ?? "").split(separator: "!").map { $0.split(separator: ":", omittingEmptySubsequences: false) }
    }
}

extension ToneOptions {
    private static let hitLimit = 100

    /// Reads `2` and `480+620`: without a number of hits, two.
    fileprivate init?(hits: Substring, _ frequencies: Substring, times: Int = 1) {
        let numbers = frequencies.split(separator: "+").map { Double($0) }
        guard let frequencies = numbers as? [Double] else { return nil }
        self.init(frequencies: frequencies)
        guard isPossible else { return nil }
        let number = Int(hits) ?? 0
        self.hits = (number > 0 ? min(number, Self.hitLimit) : 2) * times
    }
}
