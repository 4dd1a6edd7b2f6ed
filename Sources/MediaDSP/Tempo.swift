/// Samples with some left out or some put in between, so that a sound is over sooner or later.
///
/// Nothing keeps the pitch: what is faster is higher too.
public struct Tempo: Sendable {
    /// The speeds that there are.
    public static let speeds = -2...2

    /// How fast: 0 leaves the samples as they are.
    public private(set) var speed = 0
    /// How many samples of the sound pass for one that is heard.
    private var step = 1.0
    /// Where between the last two samples the next one that is heard is; from 1 on another one is needed first.
    private var place = 1.0
    private var (before, after) = (Int16(0), Int16(0))

    /// Leaves the samples as they are.
    public init() {}

    /// Goes on with another speed, or the nearest that there is.
    public mutating func change(to speed: Int) {
        self.speed = min(max(speed, Self.speeds.lowerBound), Self.speeds.upperBound)
        // A quarter of the samples is left out, or half of them; or so many are put in.
        step = 1 / (1 - 0.25 * Double(self.speed))
    }

    /// Whether another sample of the sound is needed before the next one is heard.
    public var isHungry: Bool { place >= 1 }

    /// Takes the next sample of the sound.
    public mutating func take(_ sample: Int16) {
        (before, after) = (after, sample)
        place -= 1
    }

    /// The next sample that is heard.
    public mutating func next() -> Int16 {
        defer { place += step }
        return Int16(clamping: Int((Double(before) * (1 - place) + Double(after) * place).rounded()))
    }
}
