/// The packets of one telephone event, one for each packet time (RFC 4733 §2.5.1).
///
/// The first has the marker set, durations grow, and the end comes three times. Sequence numbers are the sender's.
public struct TelephoneEventGenerator: Sendable {
    /// What a packet has to carry.
    public struct Packet: Hashable, Sendable {
        /// The RTP marker bit.
        public var marker: Bool
        /// The RTP timestamp.
        public var timestamp: UInt32
        /// The payload.
        public var event: TelephoneEvent
    }

    private let code: UInt8
    private let volume: UInt8
    private let totalTicks: UInt32
    private let ticksPerPacket: UInt32
    private var segmentStart: UInt32
    private var segmentTicks: UInt32 = 0
    private var earlierTicks: UInt32 = 0
    private var isFirst = true
    private var endsLeft = Self.endCount

    /// How often the end is sent.
    public static let endCount = 3
    /// The longest event, in ticks; FreeSWITCH's own limit.
    public static let maximumTicks: UInt32 = 192_000

    /// An event of `durationTicks`, beginning at the RTP `timestamp`, with a packet every `ticksPerPacket`.
    public init(
        code: UInt8,
        durationTicks: UInt32,
        ticksPerPacket: UInt32,
        timestamp: UInt32,
        volume: UInt8 = 10
    ) {
        self.code = code
        self.volume = volume
        self.ticksPerPacket = min(max(ticksPerPacket, 1), UInt32(UInt16.max))
        totalTicks = min(max(durationTicks, self.ticksPerPacket), Self.maximumTicks)
        segmentStart = timestamp
    }

    /// Whether all packets have been given out.
    public var isFinished: Bool { endsLeft == 0 }

    /// The RTP timestamp at which media goes on after the event.
    public var endTimestamp: UInt32 { segmentStart &- earlierTicks &+ totalTicks }

    /// The packet for the next packet time; `nil` after the last end.
    public mutating func next() -> Packet? {
        guard endsLeft > 0 else { return nil }
        let left = totalTicks &- earlierTicks &- segmentTicks
        segmentTicks &+= min(left, ticksPerPacket)
        if segmentTicks > UInt32(UInt16.max) {
            // The 16 bits are full: a new segment begins where this one ended (RFC 4733 §2.5.1.3).
            segmentStart &+= UInt32(UInt16.max)
            earlierTicks &+= UInt32(UInt16.max)
            segmentTicks &-= UInt32(UInt16.max)
        }
        let isEnd = earlierTicks &+ segmentTicks >= totalTicks
        if isEnd { endsLeft -= 1 }
        defer { isFirst = false }
        return Packet(
            marker: isFirst,
            timestamp: segmentStart,
            event: TelephoneEvent(
                code: code,
                isEnd: isEnd,
                volume: volume,
                duration: UInt16(truncatingIfNeeded: segmentTicks)
            )
        )
    }
}
