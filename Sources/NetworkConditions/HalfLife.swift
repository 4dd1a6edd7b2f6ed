/// How evidence becomes less with time: half of it in each such time.
public struct HalfLife: Hashable, Sendable {
    /// In seconds, more than none.
    public let seconds: Double
    private let perSecond: Double

    /// A half-life, in seconds; at least one.
    public init(seconds: Double) {
        self.seconds = max(seconds, 1)
        perSecond = 1 / self.seconds
    }

    /// How much of its weight evidence keeps, 0 to 1; what is of the future counts as of now.
    public func remaining(after elapsed: Duration) -> Double { remaining(afterSeconds: elapsed / .seconds(1)) }

    /// The same for a time in seconds.
    public func remaining(afterSeconds elapsed: Double) -> Double {
        let ratio = elapsed * perSecond
        guard ratio > 0 else { return 1 }
        // A power of two without the C library: halves for the whole part, a line of the second degree for the rest.
        guard ratio < 60 else { return 0 }
        let whole = ratio.rounded(.down)
        let rest = ratio - whole
        let power = 1 / Double(UInt64(1) << UInt64(whole))
        return power * (1 - rest * (0.6716 - rest * 0.1716))
    }
}
