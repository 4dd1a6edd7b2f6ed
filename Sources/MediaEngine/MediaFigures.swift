/// What a media loop has moved, and how well it arrives.
public struct MediaLoopFigures: Sendable {
    /// How many streams live on the loop.
    public var streams = 0
    /// The CPU time that its thread has used.
    public var cpuNanoseconds: Int64 = 0
    /// How long it took the loop to answer, in nanoseconds: what a packet waits at most behind others.
    public var delayNanoseconds: Int64 = 0
    /// What it has moved since the start.
    public var traffic = MediaTraffic()
    /// How the streams fare that are open now.
    public var quality = MediaQuality()

    /// All zero.
    public init() {}
}

/// Packets of all streams since the start; it never goes down.
public struct MediaTraffic: Sendable {
    // One vector: the loop adds all of it up for every stream while packets wait.
    private var counts = SIMD8<UInt64>()

    /// RTP packets received from peers.
    public var packetsReceived: UInt64 { counts[0] }
    /// RTP packets sent.
    public var packetsSent: UInt64 { counts[1] }
    /// RTP payload bytes received from peers.
    public var octetsReceived: UInt64 { counts[2] }
    /// RTP payload bytes sent.
    public var octetsSent: UInt64 { counts[3] }
    /// Packets that peers sent and that did not arrive.
    public var packetsLost: UInt64 { counts[4] }
    /// Packets from elsewhere than the locked address.
    public var strayPackets: UInt64 { counts[5] }
    /// Packets that are not RTP, or have a payload type that was not negotiated.
    public var invalidPackets: UInt64 { counts[6] }
    /// Packets that could not be sent.
    public var packetsDropped: UInt64 { counts[7] }

    /// All zero.
    public init() {}

    /// What one stream has moved.
    init(_ statistics: MediaStatistics) {
        counts = SIMD8(
            statistics.packetsReceived,
            statistics.packetsSent,
            statistics.octetsReceived,
            statistics.octetsSent,
            UInt64(clamping: statistics.packetsLost),
            statistics.strayPackets,
            statistics.invalidPackets,
            statistics.packetsDropped
        )
    }

    /// Adds what another loop has moved.
    public mutating func add(_ other: MediaTraffic) { counts &+= other.counts }

    /// Adds what a stream has moved since it was counted last.
    ///
    /// Losses of a stream can become fewer, when packets come late or the peer begins anew; those count as none.
    mutating func add(_ present: MediaTraffic, since last: MediaTraffic) {
        let moved = present.counts &- last.counts
        counts &+= moved.replacing(with: 0, where: present.counts .<= last.counts)
    }
}

/// How the streams fare that are open and have received something.
public struct MediaQuality: Sendable {
    /// How many there are.
    public private(set) var streams = 0
    /// How many of them know their round trip.
    public private(set) var measuredTrips = 0
    /// The highest jitter, in milliseconds.
    public private(set) var worstJitter = 0.0
    /// The least share of a stream's packets that arrived, 0…1.
    public private(set) var worstShare = 1.0
    private var jitterSum = 0.0
    private var shareSum = 0.0
    private var tripSum = 0.0

    /// That of no stream.
    public init() {}

    /// The mean jitter in milliseconds; `nil` without a stream.
    public var meanJitter: Double? { streams > 0 ? jitterSum / Double(streams) : nil }
    /// The mean share of a stream's packets that arrived, 0…1; `nil` without a stream.
    public var meanShare: Double? { streams > 0 ? shareSum / Double(streams) : nil }
    /// The mean round trip in milliseconds; `nil` when no stream knows its own.
    public var meanRoundTrip: Double? { measuredTrips > 0 ? tripSum / Double(measuredTrips) : nil }

    /// Takes a stream in.
    mutating func add(_ statistics: MediaStatistics) {
        guard statistics.packetsReceived > 0 else { return }
        let received = Double(statistics.packetsReceived)
        let share = received / (received + Double(max(statistics.packetsLost, 0)))
        streams += 1
        jitterSum += statistics.jitterMilliseconds
        shareSum += share
        worstJitter = max(worstJitter, statistics.jitterMilliseconds)
        worstShare = min(worstShare, share)
        guard let trip = statistics.roundTripMilliseconds else { return }
        measuredTrips += 1
        tripSum += trip
    }

    /// Takes the streams of another loop in.
    public mutating func add(_ other: MediaQuality) {
        streams += other.streams
        measuredTrips += other.measuredTrips
        worstJitter = max(worstJitter, other.worstJitter)
        worstShare = min(worstShare, other.worstShare)
        jitterSum += other.jitterSum
        shareSum += other.shareSum
        tripSum += other.tripSum
    }
}

/// The pairs of ports for RTP and RTCP.
public struct MediaPorts: Hashable, Sendable {
    /// How many pairs are bound, or taken by others on this machine.
    public var used: Int
    /// How many rest after a call.
    public var resting: Int
    /// How many can be taken at once.
    public var free: Int
}
