/// How a ``MediaEngine`` is set up.
public struct MediaEngineConfiguration: Sendable {
    /// How many media loops (threads) there are; 0 means one per processor.
    public var loops = 0
    /// The ports for RTP (even) and RTCP (odd): `rtp-start-port` to `rtp-end-port`.
    public var ports: ClosedRange<UInt16> = 16384...32768
    /// How long a closed port pair rests, so that a new call does not hear an old one's last packets.
    public var drainTime = Duration.seconds(5)
    /// How many streams may be open at once.
    public var maximumStreams = 50_000
    /// How many threads read and write sound files.
    public var fileThreads = 2
    /// How many bytes of decoded short sound files are kept in memory.
    public var clipCacheBytes = 32 << 20
    /// How long after an update the peer's address may still be learned from its packets.
    public var lockWindow = Duration.seconds(10)
    /// The canonical name in RTCP (RFC 3550 §6.5.1); says nothing about the machine by default.
    public var canonicalName = "tandem"

    /// The defaults.
    public init() {}
}
