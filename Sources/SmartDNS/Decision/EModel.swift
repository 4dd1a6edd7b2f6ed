/// How good a call is expected to be: a simplified E-model (ITU-T G.107) for G.711 with concealment of lost packets.
enum EModel {
    /// The rating of a call without delay or loss, with the defaults of G.107.
    static let best = 93.2
    /// What sending and playing take themselves: a packet, and a jitter buffer without jitter, in milliseconds.
    static let fixedDelay = 40.0
    /// How many times the jitter a jitter buffer holds.
    static let jitterBuffer = 2.0
    /// How well losses are concealed (ITU-T G.113, appendix I: G.711 with packet loss concealment).
    private static let robustness = 25.1

    /// The rating R, 0 to ``best``.
    ///
    /// - Parameters:
    ///   - roundTrip: In milliseconds.
    ///   - loss: The share of packets that are lost, 0 to 1.
    ///   - jitter: In milliseconds.
    ///   - burstRatio: 1 where losses are by chance, more where they come together.
    static func rating(roundTrip: Double, loss: Double, jitter: Double, burstRatio: Double = 1) -> Double {
        let delay = max(roundTrip, 0) / 2 + max(jitter, 0) * jitterBuffer + fixedDelay
        let delayImpairment = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0)
        let percent = min(max(loss, 0), 1) * 100
        let lossImpairment = 95 * percent / (percent / max(burstRatio, 1) + robustness)
        return max(0, best - delayImpairment - lossImpairment)
    }

    /// The mean opinion score of a rating, 1 to 4.5 (ITU-T G.107, annex B).
    static func opinion(_ rating: Double) -> Double {
        guard rating > 0 else { return 1 }
        guard rating < 100 else { return 4.5 }
        return max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
    }
}
