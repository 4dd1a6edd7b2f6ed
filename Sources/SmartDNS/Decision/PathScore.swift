import NetworkConditions

/// What is believed of a path: its quantities after shrinkage, and the rating that they come to.
struct PathScore: Hashable, Sendable {
    /// What is believed of a path before anything is known: it differs from data center to data center by this much.
    static let unknown = PathBelief(
        roundTrip: Belief(mean: 120, variance: 60 * 60),
        loss: Belief(mean: 0.003, variance: 0.004 * 0.004),
        jitter: Belief(mean: 5, variance: 9)
    )

    /// The rating R of the E-model.
    let rating: Double
    /// The standard error of the rating.
    let error: Double
    /// There and back, in milliseconds.
    let roundTrip: Double
    /// The share of packets that are lost.
    let loss: Double
    /// In milliseconds.
    let jitter: Double
    /// How much more packets are lost in a row than by chance.
    let burstRatio: Double

    init(_ belief: PathBelief, burstRatio: Double = 1) {
        self.burstRatio = burstRatio
        roundTrip = belief.roundTrip.mean
        loss = belief.loss.mean
        jitter = belief.jitter.mean
        let believed = (roundTrip, loss, jitter)
        func rating(_ roundTrip: Double = 0, _ loss: Double = 0, _ jitter: Double = 0) -> Double {
            EModel.rating(
                roundTrip: believed.0 + roundTrip,
                loss: believed.1 + loss,
                jitter: believed.2 + jitter,
                burstRatio: burstRatio
            )
        }
        let middle = rating()
        self.rating = middle
        // How much the rating changes with one standard deviation of each.
        let steps = [
            middle - rating(belief.roundTrip.variance.squareRoot()),
            middle - rating(0, belief.loss.variance.squareRoot()),
            middle - rating(0, 0, belief.jitter.variance.squareRoot()),
        ]
        error = steps.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// The mean opinion score.
    var opinion: Double { EModel.opinion(rating) }
}

/// What is believed of one quantity: where it is, and how sure that is.
struct Belief: Hashable, Sendable {
    var mean: Double
    /// Of the mean.
    var variance: Double

    /// Takes in what was observed closer by (empirical Bayes).
    ///
    /// - Parameters:
    ///   - spread: How much networks differ below the one that this belief was about, as a variance.
    ///   - least: What a single observation varies by at least.
    func refined(by observed: Estimate, spread: Double, least: Double) -> Belief {
        guard observed.weight > 0 else { return Belief(mean: mean, variance: variance + spread) }
        let own = max(observed.variance, least) / observed.weight
        let difference = observed.mean - mean
        // A network that is plainly another than those around it is believed (James and Stein, the positive part).
        let prior = max(variance + spread, difference * difference - 4 * own)
        return Belief(mean: mean + difference * prior / (prior + own), variance: prior * own / (prior + own))
    }
}

/// What is believed of a path.
struct PathBelief: Hashable, Sendable {
    var roundTrip: Belief
    var loss: Belief
    var jitter: Belief

    /// What it becomes for a network inside, of which something was observed.
    func refined(by known: PathEstimate, _ spread: PathSpread) -> PathBelief {
        PathBelief(
            roundTrip: roundTrip.refined(
                by: known.roundTrip,
                spread: spread.roundTrip * spread.roundTrip,
                least: 2 * 2
            ),
            loss: loss.refined(by: known.loss, spread: spread.loss * spread.loss, least: 0.002 * 0.002),
            jitter: jitter.refined(by: known.jitter, spread: 1, least: 1)
        )
    }
}
