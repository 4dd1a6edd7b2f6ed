import NetworkConditions

/// What is known of a network and a data center, in 24 bytes: there may be millions of them.
struct PathCell: Sendable {
    /// Nothing is known.
    static let empty = PathCell()

    // Milliseconds; `Float` has seven digits, of which observations have three.
    private var roundTripMean: Float = 0
    // The standard deviation, in tenths of a millisecond.
    private var roundTripSpread: UInt16 = 0
    // In tenths of a millisecond.
    private var jitterTenths: UInt16 = 0
    private var lossMean: Float = 0
    private var lossVariance: Float = 0
    private var pathWeight: Float = 0
    private var lossWeight: Float = 0

    init() {}

    init(roundTrip: Estimate, loss: Estimate, jitter: Estimate) {
        roundTripMean = Self.limited(roundTrip.mean)
        roundTripSpread = Self.tenths(roundTrip.variance.squareRoot())
        pathWeight = Self.limited(roundTrip.weight)
        lossMean = Self.limited(loss.mean)
        lossVariance = Self.limited(loss.variance)
        lossWeight = Self.limited(loss.weight)
        jitterTenths = Self.tenths(jitter.mean)
    }

    /// No number is so large that sums of many, and their squares, are none any more.
    private static func limited(_ value: Double) -> Float {
        value > 0 ? Float(min(value, NetworkCondition.maximumWeight)) : 0
    }

    private static func tenths(_ value: Double) -> UInt16 {
        // Not the conversion of Double: what peers write may be anything.
        value > 0 ? UInt16(min(value * 10, 65_535).rounded()) : 0
    }

    private var roundTripVariance: Double {
        let spread = Double(roundTripSpread) / 10
        return spread * spread
    }

    /// There and back, in milliseconds.
    var roundTrip: Estimate {
        Estimate(mean: Double(roundTripMean), variance: roundTripVariance, weight: Double(pathWeight))
    }

    /// The share of packets that are lost.
    var loss: Estimate {
        Estimate(mean: Double(lossMean), variance: Double(lossVariance), weight: Double(lossWeight))
    }

    /// In milliseconds; it comes with the same reports as the loss.
    var jitter: Estimate {
        let mean = Double(jitterTenths) / 10
        return Estimate(mean: mean, variance: mean * mean / 4, weight: Double(lossWeight))
    }

    /// The evidence, in observations.
    var weight: Double { Double(max(pathWeight, lossWeight)) }

    /// With the variances that are usual around it, which a few observations do not show.
    func pooled(with around: PathCell) -> PathCell {
        var (trip, lost) = (roundTrip, loss)
        let usual = 5.0
        trip.variance =
            (trip.variance * trip.weight + around.roundTripVariance * usual) / (trip.weight + usual)
        lost.variance = (lost.variance * lost.weight + Double(around.lossVariance) * usual) / (lost.weight + usual)
        return PathCell(roundTrip: trip, loss: lost, jitter: jitter)
    }

    /// Takes in what is known of a network inside.
    mutating func merge(_ other: PathCell) {
        var (trip, lost, uneven) = (roundTrip, loss, jitter)
        trip.merge(other.roundTrip)
        lost.merge(other.loss)
        uneven.merge(other.jitter)
        self = PathCell(roundTrip: trip, loss: lost, jitter: uneven)
    }
}
