public import NetworkConditions

/// How networks are steered.
///
/// Ratings are those of the E-model: 0.012 is a millisecond of round trip, 3 a tenth of a point
/// of opinion where calls are good.
public struct SteeringPolicy: Hashable, Sendable {
    /// By how much another data center has to be better: 10 ms of round trip, or 0.03 % of lost packets.
    public var margin = 0.12
    /// By how many standard errors.
    public var standardErrors = 2.0
    /// How long a network stays with a data center.
    public var dwell = Duration.seconds(60)
    /// The loss at which nobody stays, a share.
    public var unusableLoss = 0.2
    /// How many observations make a network decide for itself.
    public var minimumEvidence = 6.0
    /// How many it has to have left to go on with that.
    public var lastingEvidence = 1.0
    /// How many observations of each data center are wanted.
    public var wantedEvidence = 40.0
    /// After how long an observation counts half of what is wanted: what is older has to be looked at again.
    public var explorationHalfLife = HalfLife(seconds: 300)
    /// How much worse a data center may be expected to be that is tried nevertheless.
    public var explorationGap = 9.0
    /// Of a hundred phones, how many try a data center of which too little is known; 0 for none.
    public var explorationShare = 4
    /// How many answers of one address may try it in a minute.
    public var explorationsPerMinute = 600
    /// How long calls last on the average, in seconds: how fast load moves between data centers.
    public var callSeconds = 180.0
    /// How long networks are remembered of which nothing is heard.
    public var retention = Duration.seconds(86_400)

    /// The defaults.
    public init() {}
}
