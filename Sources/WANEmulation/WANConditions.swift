/// How one direction of a path treats packets.
public struct WANConditions: Hashable, Sendable {
    /// How long a packet takes, in one direction.
    public var delay = Duration.zero
    /// By how much more or less than ``delay`` it takes, evenly distributed.
    ///
    /// Packets do not overtake each other for that.
    public var jitter = Duration.zero
    /// The share of packets that are lost, 0…1.
    public var loss = 0.0
    /// How many packets are lost in a row on the average (Gilbert's model); `nil` when each is lost by itself.
    public var burst: Double?
    /// Bits a second; `nil` for no limit.
    public var rate: Int64?
    /// How many bytes may wait where there is a ``rate``; what is beyond is dropped.
    public var queue = 256 << 10
    /// The share of packets that are held back, so that those behind them overtake, 0…1.
    public var reorder = 0.0
    /// How long such a packet is held back.
    public var hold = Duration.milliseconds(10)

    /// Nothing happens to packets.
    public init() {}

    /// The chance that a good time ends with a packet, and the chance that a bad one does.
    ///
    /// A bad time is ``burst`` packets long on the average, and so often that ``loss`` of all packets fall into one. Not every
    /// share of loss can be had with short bursts: then it is the largest that can.
    var burstChances: (begin: Double, end: Double)? {
        guard let burst, burst >= 1, loss > 0, loss < 1 else { return nil }
        let end = 1 / burst
        return (min(1, loss * end / (1 - loss)), end)
    }
}
