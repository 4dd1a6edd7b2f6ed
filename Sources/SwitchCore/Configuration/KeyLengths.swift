/// How long keys are that the switch sends, in samples of 8 kHz (`default-dtmf-duration` and its like).
public struct KeyLengths: Sendable, Hashable {
    /// What can be set at all.
    public static let limits = 400...192_000

    /// The shortest and the longest; what is asked for is brought between them.
    public private(set) var minimum = limits.lowerBound
    /// See ``minimum``.
    public private(set) var maximum = limits.upperBound
    /// What is not said to be longer or shorter.
    public private(set) var usual = 2000

    /// The defaults.
    public init() {}

    /// Sets the shortest; the longest is not shorter then.
    public mutating func setMinimum(_ length: Int) {
        minimum = Self.within(length)
        maximum = max(maximum, minimum)
    }

    /// Sets the longest; the shortest is not longer then.
    public mutating func setMaximum(_ length: Int) {
        maximum = Self.within(length)
        minimum = min(minimum, maximum)
    }

    /// Sets what is usual, and moves the others where they exclude it.
    public mutating func setUsual(_ length: Int) {
        usual = Self.within(length)
        (minimum, maximum) = (min(minimum, usual), max(maximum, usual))
    }

    /// How long a key is that somebody wants to be so long, in milliseconds; `nil` is the usual length.
    public func milliseconds(_ wanted: Int?) -> Int {
        let samples = wanted.map { min(max($0, 0), Self.limits.upperBound) * 8 } ?? usual
        return min(max(samples, minimum), maximum) / 8
    }

    private static func within(_ length: Int) -> Int { min(max(length, limits.lowerBound), limits.upperBound) }
}
