public import Base

/// A row of the table `network_conditions`: how a network reaches a data center, as its switches see it.
public struct NetworkCondition: Hashable, Sendable {
    /// The most that one row may weigh, in observations.
    public static let maximumWeight = 1e6
    /// The longest time there and back, and the largest jitter, in milliseconds.
    public static let maximumMilliseconds = 60_000.0

    /// After how long a row counts half where networks are decided for.
    ///
    /// Nights are quiet, and what nobody has seen otherwise since is still the best that is known. It is the same for all
    /// name servers.
    public static let halfLife = HalfLife(seconds: 6 * 3600)

    /// The client's network.
    public var network: IPPrefix
    /// The data center's name.
    public var dataCenter: String
    /// There and back, in milliseconds.
    public var roundTrip: Estimate
    /// The share of packets that are lost, 0 to 1.
    public var loss: Estimate
    /// In milliseconds.
    public var jitter: Estimate
    /// How many clients took part, at least.
    public var clients: Int
    /// When the newest observation was made: the weights are those of that time.
    public var newest: MonotonicInstant

    /// A row.
    public init(
        network: IPPrefix,
        dataCenter: String,
        roundTrip: Estimate,
        loss: Estimate,
        jitter: Estimate,
        clients: Int,
        newest: MonotonicInstant
    ) {
        (self.network, self.dataCenter) = (network, dataCenter)
        (self.roundTrip, self.loss, self.jitter) = (roundTrip, loss, jitter)
        (self.clients, self.newest) = (clients, newest)
    }
}
