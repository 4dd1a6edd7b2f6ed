/// The counters of one media stream, as they are read now and then.
public struct StreamReading: Hashable, Sendable {
    /// Names the stream among those of its switch.
    public var id: UInt64
    /// Packets that came.
    public var received: UInt64
    /// Packets that were sent to us and did not come.
    public var lost: Int64
    /// The jitter of what comes, in milliseconds.
    public var jitter: Double
    /// How many reports about our packets came.
    public var reports: UInt64
    /// There and back, in milliseconds, by the newest report that told it.
    public var roundTrip: Double?
    /// The share of our packets that the newest report calls lost, 0 to 1.
    public var remoteLoss: Double?
    /// The jitter that the newest report tells, in milliseconds.
    public var remoteJitter: Double?

    /// A reading.
    public init(id: UInt64, received: UInt64, lost: Int64, jitter: Double, reports: UInt64 = 0) {
        (self.id, self.received, self.lost, self.jitter, self.reports) = (id, received, lost, jitter, reports)
    }
}
