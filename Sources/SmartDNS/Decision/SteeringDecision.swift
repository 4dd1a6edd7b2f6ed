/// Where an asker should go.
public struct SteeringDecision: Hashable, Sendable {
    /// Data centers, by their index, the best first; never empty.
    public var order: [Int]
    /// The one that a few should try, and that is not the best.
    public var explored: Int?
    /// For how much of the asker's address that is good: the scope of RFC 7871.
    public var scope: Int
    /// Whether no data center could be used, so that all are named.
    public var isLastResort: Bool
}
