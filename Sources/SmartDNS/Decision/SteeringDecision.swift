/// Where an asker should go.
public struct SteeringDecision: Hashable, Sendable {
    /// Data centers, by their index, the best first; never empty.
    public var order: [Int]
    /// The one that this asker should try, and that is not the best.
    public var explored: Int?
    /// The one of which more should be known, for answers that can share askers out themselves.
    public var candidate: Int?
    /// How many of a hundred should try it.
    public var candidateWeight = 0
    /// For how much of the asker's address that is good: the scope of RFC 7871.
    public var scope: Int
    /// Whether no data center could be used, so that all are named.
    public var isLastResort: Bool
    /// Whether nothing could be decided in time, so that it is the configured order: worth to be remembered for a moment.
    public var isHasty = false
}
