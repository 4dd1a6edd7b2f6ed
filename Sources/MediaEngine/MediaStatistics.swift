/// The counters of one stream.
public struct MediaStatistics: Hashable, Sendable {
    /// RTP packets sent.
    public var packetsSent: UInt64 = 0
    /// RTP payload bytes sent.
    public var octetsSent: UInt64 = 0
    /// RTP packets received from the peer.
    public var packetsReceived: UInt64 = 0
    /// RTP payload bytes received from the peer.
    public var octetsReceived: UInt64 = 0
    /// Packets that the peer sent and that did not arrive (RFC 3550 §A.3).
    public var packetsLost: Int64 = 0
    /// The interarrival jitter of what arrives, in milliseconds (RFC 3550 §6.4.1).
    public var jitterMilliseconds: Double = 0
    /// Packets from elsewhere than the locked address.
    public var strayPackets: UInt64 = 0
    /// Packets that are not RTP, or have a payload type that was not negotiated.
    public var invalidPackets: UInt64 = 0
    /// Packets that were decoded, because they had to be converted or somebody listened.
    public var packetsDecoded: UInt64 = 0
    /// Packets that could not be sent, because of the socket or because the formats cannot be converted.
    public var packetsDropped: UInt64 = 0
    /// How many reports about our packets the peer has sent.
    public var reportsReceived: UInt64 = 0
    /// The round trip measured by RTCP in milliseconds, once it is known (RFC 3550 §6.4.1).
    public var roundTripMilliseconds: Double?
    /// The share of our packets that the peer says it lost lately, 0…1, once it has reported.
    public var remoteFractionLost: Double?
    /// How many of our packets the peer says it lost, once it has reported.
    public var remotePacketsLost: Int64?
    /// The jitter that the peer sees in milliseconds, once it has reported.
    public var remoteJitterMilliseconds: Double?

    /// All zero.
    public init() {}
}
