public import Base

/// What the observations of a path come to, the newer ones counting more.
///
/// There are two memories. The long one is precise. The short one says when the path has become another: what the long
/// one knows is given up then, so that a change shows within seconds, and noise does not.
public struct PathSummary: Sendable {
    /// After how long an observation counts half when others come.
    public static let halfLife = HalfLife(seconds: 300)
    /// The same for the short memory.
    public static let shortHalfLife = HalfLife(seconds: 8)
    /// How many clients are told apart; more are that many.
    public static let maximumClients = 64
    /// How much evidence the short memory has to have before it is believed.
    private static let believed = 3.0
    /// By how many standard errors both memories have to disagree.
    private static let disagreement = 4.0
    /// How many times the short memory is filled anew before the long one goes its own way after a change.
    private static let settlingTime = 2.0

    /// What one quantity was lately, and in the long run.
    private struct Memory {
        var long = Estimate.nothing
        var short = Estimate.nothing
        /// For how many observations the long memory is what the short one is.
        var settling = 0
        /// What is too small to be a change.
        let least: Double

        mutating func decay(_ elapsed: Duration) {
            long.decay(PathSummary.halfLife.remaining(after: elapsed))
            short.decay(PathSummary.shortHalfLife.remaining(after: elapsed))
        }

        mutating func add(_ value: Double, weight: Double) {
            long.add(value, weight: weight)
            short.add(value, weight: weight)
            if settling > 0 {
                // What came before the change is still in the short memory, and leaves it soon.
                (long, settling) = (short, settling - 1)
            } else if hasChanged {
                (long, settling) = (short, Int(short.weight * PathSummary.settlingTime) + 1)
            }
        }

        private var hasChanged: Bool {
            guard short.weight >= PathSummary.believed else { return false }
            let difference = abs(short.mean - long.mean)
            // Of a few equal observations the variance is nothing, which is no certainty.
            let spread = max(long.variance, least * least)
            let error = (spread / short.weight + spread / long.weight).squareRoot()
            return difference > least && difference > PathSummary.disagreement * error
        }
    }

    private var roundTrip = Memory(least: 10)
    private var loss = Memory(least: 0.01)
    private var jitter = Memory(least: 5)
    private var clients: Set<Int> = []
    private var newest: MonotonicInstant?

    /// A path of which nothing is known.
    public init() {}

    /// Takes in an observation.
    ///
    /// - Parameter client: What tells clients apart, a hash of the address.
    public mutating func add(_ sample: PathSample, client: Int, at now: MonotonicInstant) {
        guard sample.weight > 0, sample.weight.isFinite else { return }
        if let newest {
            let elapsed = now - newest
            roundTrip.decay(elapsed)
            loss.decay(elapsed)
            jitter.decay(elapsed)
        }
        newest = max(newest ?? now, now)
        if let value = sample.roundTrip, (0...60_000).contains(value) { roundTrip.add(value, weight: sample.weight) }
        if let value = sample.loss, (0...1).contains(value) { loss.add(value, weight: sample.weight) }
        if let value = sample.jitter, (0...60_000).contains(value) { jitter.add(value, weight: sample.weight) }
        if clients.count < Self.maximumClients { clients.insert(client) }
    }

    /// The row of the shared table; `nil` before the first observation.
    public func condition(of network: IPPrefix, dataCenter: String) -> NetworkCondition? {
        guard let newest else { return nil }
        return NetworkCondition(
            network: network,
            dataCenter: dataCenter,
            roundTrip: roundTrip.long,
            loss: loss.long,
            jitter: jitter.long,
            clients: clients.count,
            newest: newest
        )
    }
}
