import NetworkConditions

/// What is known of a network and a data center, in 20 bytes: there may be millions of them.
struct PathCell: Hashable, Sendable {
    /// Nothing is known.
    static let empty = PathCell()

    /// When the newest observation was made, in seconds: the weights are those of that time.
    private(set) var newest: UInt32 = 0
    // In tenths of a millisecond, as is the standard deviation.
    private var roundTripMean: UInt16 = 0
    private var roundTripSpread: UInt16 = 0
    private var jitterMean: UInt16 = 0
    // In parts of 65535, as is the standard deviation.
    private var lossMean: UInt16 = 0
    private var lossSpread: UInt16 = 0
    private var pathWeight = ShortWeight(0)
    private var lossWeight = ShortWeight(0)

    private init() {}

    init(roundTrip: Estimate, loss: Estimate, jitter: Estimate, newest: UInt32) {
        roundTripMean = Self.units(roundTrip.mean, Self.tenths)
        roundTripSpread = Self.units(roundTrip.variance.squareRoot(), Self.tenths)
        pathWeight = ShortWeight(roundTrip.weight)
        lossMean = Self.units(loss.mean, Self.parts)
        lossSpread = Self.units(loss.variance.squareRoot(), Self.parts)
        lossWeight = ShortWeight(loss.weight)
        jitterMean = Self.units(jitter.mean, Self.tenths)
        self.newest = newest
    }

    init(_ estimate: PathEstimate, newest: UInt32) {
        self.init(roundTrip: estimate.roundTrip, loss: estimate.loss, jitter: estimate.jitter, newest: newest)
    }

    private static let tenths = 10.0
    private static let parts = 65_535.0

    private static func units(_ value: Double, _ unit: Double) -> UInt16 {
        // Not the conversion of Double: what peers write may be anything.
        value > 0 ? UInt16(min(value * unit, 65_535).rounded()) : 0
    }

    /// Whether nothing is known.
    var isEmpty: Bool { pathWeight.isZero && lossWeight.isZero }

    /// What is known, with the weights of the time of the newest observation.
    var estimate: PathEstimate {
        let (spread, lossSpread) = (Double(roundTripSpread) / Self.tenths, Double(lossSpread) / Self.parts)
        let jitter = Double(jitterMean) / Self.tenths
        return PathEstimate(
            roundTrip: Estimate(
                mean: Double(roundTripMean) / Self.tenths,
                variance: spread * spread,
                weight: pathWeight.value
            ),
            loss: Estimate(
                mean: Double(lossMean) / Self.parts,
                variance: lossSpread * lossSpread,
                weight: lossWeight.value
            ),
            // It comes with the same reports as the loss.
            jitter: Estimate(mean: jitter, variance: jitter * jitter / 4, weight: lossWeight.value)
        )
    }

    /// What is known, as it counts at a time, in seconds.
    func estimate(at now: UInt32, _ halfLife: HalfLife) -> PathEstimate {
        var aged = estimate
        aged.decay(remaining(at: now, halfLife))
        return aged
    }

    /// The evidence as it counts at a time, in observations.
    func weight(at now: UInt32, _ halfLife: HalfLife) -> Double {
        isEmpty ? 0 : max(pathWeight.value, lossWeight.value) * remaining(at: now, halfLife)
    }

    private func remaining(at now: UInt32, _ halfLife: HalfLife) -> Double {
        now > newest ? halfLife.remaining(afterSeconds: Double(now - newest)) : 1
    }
}

/// A weight in two bytes, with more than two digits: observations do not tell more.
private struct ShortWeight: Hashable, Sendable {
    // The upper half of a `Float`.
    private let bits: UInt16

    init(_ value: Double) {
        // No number is so large that sums of many, and their squares, are none any more.
        let limited = value > 0 ? Float(min(value, NetworkCondition.maximumWeight)) : 0
        bits = UInt16(truncatingIfNeeded: (limited.bitPattern &+ 0x8000) >> 16)
    }

    var value: Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
    var isZero: Bool { bits == 0 }
}
