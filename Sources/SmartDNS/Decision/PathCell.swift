import NetworkConditions

/// What is known of a network and a data center, in 28 bytes: there may be millions of them.
struct PathCell: Sendable {
    /// Nothing is known.
    static let empty = PathCell()

    // Milliseconds; `Float` has seven digits, of which observations have three.
    private var roundTripMean: Float = 0
    private var roundTripVariance: Float = 0
    private var lossMean: Float = 0
    private var lossVariance: Float = 0
    private var jitterMean: Float = 0
    private var pathWeight: Float = 0
    private var lossWeight: Float = 0

    init() {}

    init(roundTrip: Estimate, loss: Estimate, jitter: Estimate) {
        (roundTripMean, roundTripVariance) = (Float(roundTrip.mean), Float(roundTrip.variance))
        pathWeight = Float(roundTrip.weight)
        (lossMean, lossVariance, lossWeight) = (Float(loss.mean), Float(loss.variance), Float(loss.weight))
        jitterMean = Float(jitter.mean)
    }

    /// There and back, in milliseconds.
    var roundTrip: Estimate {
        Estimate(mean: Double(roundTripMean), variance: Double(roundTripVariance), weight: Double(pathWeight))
    }

    /// The share of packets that are lost.
    var loss: Estimate {
        Estimate(mean: Double(lossMean), variance: Double(lossVariance), weight: Double(lossWeight))
    }

    /// In milliseconds; it comes with the same reports as the loss.
    var jitter: Estimate {
        Estimate(mean: Double(jitterMean), variance: Double(jitterMean * jitterMean) / 4, weight: Double(lossWeight))
    }

    /// The evidence, in observations.
    var weight: Double { Double(max(pathWeight, lossWeight)) }

    /// With the variances that are usual around it, which a few observations do not show.
    func pooled(with around: PathCell) -> PathCell {
        var pooled = self
        let usual: Float = 5
        pooled.roundTripVariance =
            (roundTripVariance * pathWeight + around.roundTripVariance * usual) / (pathWeight + usual)
        pooled.lossVariance = (lossVariance * lossWeight + around.lossVariance * usual) / (lossWeight + usual)
        return pooled
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
