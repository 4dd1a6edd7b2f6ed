/// One observation of the path between a client's network and a data center: an RTCP report, an answered SIP request.
public struct PathSample: Hashable, Sendable {
    /// There and back, in milliseconds.
    public var roundTrip: Double?
    /// The share of packets that were lost, 0 to 1.
    public var loss: Double?
    /// The jitter between arrivals, in milliseconds.
    public var jitter: Double?
    /// How much evidence it is: 1 for five seconds of media, or for one round trip of SIP.
    public var weight: Double

    /// An observation.
    public init(roundTrip: Double? = nil, loss: Double? = nil, jitter: Double? = nil, weight: Double = 1) {
        (self.roundTrip, self.loss, self.jitter, self.weight) = (roundTrip, loss, jitter, weight)
    }
}

/// What is known of one quantity: weighted mean and variance, and how much evidence there is.
public struct Estimate: Hashable, Sendable {
    /// The mean.
    public var mean: Double
    /// The variance of single observations.
    public var variance: Double
    /// The evidence, in observations.
    public var weight: Double

    /// Nothing is known.
    public static let nothing = Estimate(mean: 0, variance: 0, weight: 0)

    /// What is known.
    public init(mean: Double, variance: Double, weight: Double) {
        (self.mean, self.variance, self.weight) = (mean, variance, weight)
    }

    /// The variance of the mean; without bound where nothing is known.
    public var varianceOfMean: Double { weight > 0 ? variance / weight : .infinity }

    /// Takes in what is known from elsewhere about the same.
    public mutating func merge(_ other: Estimate) {
        let total = weight + other.weight
        guard other.weight > 0, total > 0 else { return }
        let (own, share) = (weight / total, other.weight / total)
        let difference = other.mean - mean
        variance = variance * own + other.variance * share + difference * difference * own * share
        mean += difference * share
        weight = total
    }

    /// Takes in one observation.
    mutating func add(_ value: Double, weight: Double) {
        merge(Estimate(mean: value, variance: 0, weight: weight))
    }

    /// Makes the evidence count less: it has become older.
    mutating func decay(_ factor: Double) { weight *= factor }
}
