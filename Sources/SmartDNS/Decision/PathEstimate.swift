import NetworkConditions

/// What is known of a path, with all digits.
struct PathEstimate: Hashable, Sendable {
    /// There and back, in milliseconds.
    var roundTrip = Estimate.nothing
    /// The share of packets that are lost.
    var loss = Estimate.nothing
    /// In milliseconds.
    var jitter = Estimate.nothing

    /// The evidence, in observations.
    var weight: Double { max(roundTrip.weight, loss.weight) }

    /// How many packets an observation of loss is about: five seconds of 20 milliseconds.
    private static let packets = 250.0
    /// Of how much loss and evidence it can be told how packets are lost.
    private static let leastLoss = 0.002
    private static let leastEvidence = 10.0
    private static let largestRatio = 4.0

    /// How much more packets are lost in a row than by chance (ITU-T G.107 §3.5): 1 for chance.
    ///
    /// Nobody counts rows of lost packets, but where they are lost in rows, observations differ more than by chance. With
    /// two states (Gilbert) the variance is (1 + c) / (1 - c) times as large, where 1 / (1 - c) is the ratio. That one phone
    /// loses more than another one is taken for it, too: hence the limit.
    var burstRatio: Double {
        guard loss.mean >= Self.leastLoss, loss.mean < 1, loss.weight >= Self.leastEvidence else { return 1 }
        let chance = loss.mean * (1 - loss.mean) / Self.packets
        return min(max((loss.variance / chance + 1) / 2, 1), Self.largestRatio)
    }

    /// Makes the evidence count less.
    mutating func decay(_ factor: Double) {
        roundTrip.weight *= factor
        loss.weight *= factor
        jitter.weight *= factor
    }

    /// With the variances that are usual around it, which a few observations do not show.
    func pooled(with around: PathEstimate) -> PathEstimate {
        var pooled = self
        let usual = 5.0
        pooled.roundTrip.variance =
            (roundTrip.variance * roundTrip.weight + around.roundTrip.variance * usual) / (roundTrip.weight + usual)
        pooled.loss.variance =
            (loss.variance * loss.weight + around.loss.variance * usual) / (loss.weight + usual)
        return pooled
    }

    /// Takes in what is known of another network.
    mutating func merge(_ other: PathEstimate) {
        roundTrip.merge(other.roundTrip)
        loss.merge(other.loss)
        jitter.merge(other.jitter)
    }
}

/// What several networks come to together.
struct PathSum: Sendable {
    private var estimate = PathEstimate()
    private var newest: UInt32 = 0

    /// The sum up to now.
    var cell: PathCell { PathCell(estimate, newest: newest) }

    /// Takes in what is known of a network: what is older counts less, so that the sum is as old as the newest part.
    mutating func add(_ cell: PathCell) {
        guard !cell.isEmpty else { return }
        if cell.newest > newest {
            if newest > 0 {
                estimate.decay(NetworkCondition.halfLife.remaining(afterSeconds: Double(cell.newest - newest)))
            }
            newest = cell.newest
        }
        estimate.merge(cell.estimate(at: newest, NetworkCondition.halfLife))
    }
}
