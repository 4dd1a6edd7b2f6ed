/// Finds the keys that somebody presses in audio (ITU-T Q.24).
///
/// Samples are looked at in blocks of 12.75 ms, in which each of the eight tones has a filter of its own. Two blocks in
/// a row with the same key begin it, two without it end it: 40 ms of tone are always heard, 25 ms never, and a click
/// within a tone does not make two keys of it.
public struct DTMFDetector: Sendable {
    /// A key that was released.
    public struct Key: Hashable, Sendable {
        /// The key as an ASCII character.
        public var digit: UInt8
        /// How long it was heard, in milliseconds.
        public var milliseconds: Int
    }

    private struct Filter {
        var coefficient = 0.0
        var last = 0.0
        var before = 0.0

        /// The power at the filter's frequency; the filter begins anew.
        mutating func take() -> Double {
            defer { (last, before) = (0, 0) }
            return last * last + before * before - coefficient * last * before
        }
    }

    private let rate: Int
    private let blockLength: Int
    private var filters = InlineArray<8, Filter>(repeating: Filter())
    private var energy = 0.0
    private var filled = 0
    private var candidate: UInt8?
    private var hits = 0
    private var misses = 0

    /// 102 samples at 8 kHz: the tones of a group fall into each other's zeros, and one that is 1.5 % off is heard.
    private static let blocksPerSecond = 8000.0 / 102
    private static let blocksToBegin = 2
    private static let blocksToEnd = 2
    /// The quietest block that is looked at: −36 dBm0 or so for both tones together.
    private static let minimumAmplitude = 250.0
    /// Both tones must carry so much of the energy: speech and music do not.
    private static let minimumShare = 0.7
    /// How much stronger one tone may be than the other, and must be than the others of its group: 8 dB.
    private static let ratio = 6.3

    /// A detector for samples at `rate` Hz.
    public init(rate: Int) {
        self.rate = max(rate, 1000)
        blockLength = Int((Double(self.rate) / Self.blocksPerSecond).rounded())
        for index in 0..<8 {
            let frequency = index < 4 ? DTMFTones.rows[index] : DTMFTones.columns[index &- 4]
            filters[index].coefficient = Goertzel.coefficient(frequency: frequency, rate: self.rate)
        }
    }

    /// Takes the next samples and tells of each key that was released in them.
    public mutating func process(_ samples: Span<Int16>, _ released: (Key) -> Void) {
        for index in 0..<samples.count {
            let sample = Double(samples[index])
            energy += sample * sample
            for filter in 0..<8 {
                let next = sample + filters[filter].coefficient * filters[filter].last - filters[filter].before
                filters[filter].before = filters[filter].last
                filters[filter].last = next
            }
            filled &+= 1
            guard filled == blockLength else { continue }
            if let key = took(finishBlock()) { released(key) }
        }
    }

    /// A block held this key, or none; gives the key that is over with it.
    private mutating func took(_ key: UInt8?) -> Key? {
        guard let candidate else {
            (self.candidate, hits, misses) = (key, 1, 0)
            return nil
        }
        if key == candidate {
            hits &+= 1 &+ misses
            misses = 0
            return nil
        }
        misses &+= 1
        guard hits < Self.blocksToBegin || misses >= Self.blocksToEnd else { return nil }
        let milliseconds = Int(Double(hits) * 1000 / Self.blocksPerSecond)
        let ended = hits >= Self.blocksToBegin ? Key(digit: candidate, milliseconds: milliseconds) : nil
        (self.candidate, hits, misses) = (key, 1, 0)
        return ended
    }

    private mutating func finishBlock() -> UInt8? {
        let (row, low) = strongest(from: 0)
        let (column, high) = strongest(from: 4)
        let total = energy
        (energy, filled) = (0, 0)
        let count = Double(blockLength)
        guard let row, let column, total > Self.minimumAmplitude * Self.minimumAmplitude * count,
            2 * (low + high) / (total * count) > Self.minimumShare, low < high * Self.ratio, high < low * Self.ratio
        else { return nil }
        return DTMFTones.keys[row &* 4 &+ column]
    }

    /// The tone of a group that stands out from the others, and its power.
    private mutating func strongest(from start: Int) -> (index: Int?, power: Double) {
        var (best, power, second) = (0, 0.0, 0.0)
        for index in 0..<4 {
            let value = filters[start &+ index].take()
            if value > power {
                (best, second, power) = (index, power, value)
            } else {
                second = max(second, value)
            }
        }
        return (power > second * Self.ratio ? best : nil, power)
    }
}
