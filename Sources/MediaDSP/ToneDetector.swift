/// Finds a tone of the network or of a fax machine: frequencies that together carry nearly all of the sound.
///
/// Samples are looked at in blocks of 12.75 ms. Three blocks with the tone are heard as one; a few without it between
/// them are forgiven. Speech has its energy in more places, and in the harmonics of each.
public struct ToneDetector: Sendable {
    private struct Filter {
        let coefficient: Double
        var last = 0.0
        var before = 0.0

        @inline(__always)
        mutating func take(_ sample: Double) {
            (last, before) = (sample + coefficient * last - before, last)
        }

        /// The power at the filter's frequency; the filter begins anew.
        mutating func finish() -> Double {
            defer { (last, before) = (0, 0) }
            return last * last + before * before - coefficient * last * before
        }
    }

    /// How many frequencies a tone has at most.
    public static let maximumFrequencies = 16

    private let blockLength: Int
    private var tones: [Filter]
    /// At twice the frequencies: what is stronger there is the harmonic of something else.
    private var harmonics: [Filter]
    private var energy = 0.0
    private var filled = 0
    private var positives = 0
    private var negatives = 0
    private var hits = 0

    /// 102 samples at 8 kHz.
    private static let blocksPerSecond = 8000.0 / 102
    /// So much of the energy must be at the frequencies.
    private static let minimumShare = 0.82
    /// Of the blocks with the tone, the second counts first, and two that count are a tone.
    private static let (positivesToCount, hitsOfTone) = (2, 2)
    /// After so many blocks without the tone it begins anew.
    private static let forgivenNegatives = 10

    /// A detector for samples at `rate` Hz; `nil` without a frequency, or with one that such samples cannot carry.
    public init?(frequencies: [Double], rate: Int) {
        guard (1...Self.maximumFrequencies).contains(frequencies.count), rate >= 1000,
            frequencies.allSatisfy({ $0 > 0 && $0 < Double(rate) / 2 })
        else { return nil }
        blockLength = Int((Double(rate) / Self.blocksPerSecond).rounded())
        let filter = { Filter(coefficient: Goertzel.coefficient(frequency: $0, rate: rate)) }
        tones = frequencies.map(filter)
        harmonics = frequencies.map { filter($0 * 2) }
    }

    /// Takes the next samples; true when the tone was heard long enough in them.
    public mutating func process(_ samples: Span<Int16>) -> Bool {
        var isHeard = false
        for index in 0..<samples.count {
            let sample = Double(samples[index])
            energy += sample * sample
            for filter in tones.indices {
                tones[filter].take(sample)
                harmonics[filter].take(sample)
            }
            filled &+= 1
            guard filled == blockLength else { continue }
            if finishBlock() { isHeard = true }
        }
        return isHeard
    }

    private mutating func finishBlock() -> Bool {
        var power = 0.0
        var fundamentals = 0
        for filter in tones.indices {
            let own = tones[filter].finish()
            if harmonics[filter].finish() < own { fundamentals &+= 1 }
            power += own
        }
        let share = energy > 0 ? 2 * power / (energy * Double(blockLength)) : 0
        (energy, filled) = (0, 0)
        guard share > Self.minimumShare, fundamentals >= min(2, tones.count) else {
            negatives &+= 1
            positives = max(positives &- 1, 0)
            if negatives > Self.forgivenNegatives { (positives, hits) = (0, 0) }
            return false
        }
        negatives = max(negatives &- 1, 0)
        positives &+= 1
        if positives >= Self.positivesToCount { hits &+= 1 }
        guard hits >= Self.hitsOfTone else { return false }
        (positives, negatives, hits) = (0, 0, 0)
        return true
    }
}
