/// An audio codec as it was agreed upon for one stream.
public struct AudioCodec: Hashable, Sendable {
    /// The IANA encoding name as the registry spells it: `PCMU`, `PCMA`, `L16`.
    public var name: String
    /// Audio samples per second and channel after decoding.
    public var sampleRate: Int
    /// Ticks per second of the RTP timestamp; differs from ``sampleRate`` for G722 only (RFC 3551 §4.5.2).
    public var clockRate: Int
    /// Interleaved channels.
    public var channels: Int
    /// How much audio one packet that we send carries, in milliseconds.
    public var ptimeMilliseconds: Int
    /// What the other side said in `a=fmtp` for it.
    public var formatParameters: String?
    /// Whether the switch can decode and encode it, or only relay it.
    public var support: CodecSupport

    /// A codec of these properties.
    public init(
        name: String,
        sampleRate: Int,
        clockRate: Int? = nil,
        channels: Int = 1,
        ptimeMilliseconds: Int = 20,
        formatParameters: String? = nil,
        support: CodecSupport = .transcoded
    ) {
        self.name = name
        self.sampleRate = sampleRate
        self.clockRate = clockRate ?? sampleRate
        self.channels = channels
        self.ptimeMilliseconds = ptimeMilliseconds
        self.formatParameters = formatParameters
        self.support = support
    }

    /// Whether a preference names this codec at this rate.
    func isSameFormat(as preference: CodecPreference) -> Bool {
        name == preference.name && clockRate == preference.clockRate && channels == preference.channels
    }

    /// Samples of one channel in one packet.
    public var samplesPerPacket: Int { sampleRate * ptimeMilliseconds / 1000 }

    /// Ticks by which the RTP timestamp advances from packet to packet.
    public var ticksPerPacket: Int { clockRate * ptimeMilliseconds / 1000 }
}

/// What the switch is able to do with a codec.
public enum CodecSupport: Hashable, Sendable {
    /// Decoded and encoded here: prompts, recording, transcoding, echo work.
    case transcoded
    /// Only relayed between two legs that agree on it.
    case passThrough
}
