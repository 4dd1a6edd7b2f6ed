import Base

/// One RTP payload format of a media line: its payload type, `a=rtpmap` and `a=fmtp` together.
public struct PayloadFormat: Hashable, Sendable {
    /// The number, 0…127.
    public var payloadType: UInt8
    /// The encoding name as it was written; compared without case.
    public var name: String
    /// Ticks per second of the RTP timestamp.
    public var clockRate: Int
    /// Channels; 1 where nothing is said.
    public var channels: Int
    /// The parameters of `a=fmtp`, without the payload type.
    public var parameters: String?

    /// A format of these properties.
    public init(payloadType: UInt8, name: String, clockRate: Int, channels: Int = 1, parameters: String? = nil) {
        self.payloadType = payloadType
        self.name = name
        self.clockRate = clockRate
        self.channels = channels
        self.parameters = parameters
    }

    /// The static payload type of comfort noise (RFC 3389 §4).
    public static let comfortNoiseType: UInt8 = 13

    /// Whether the format carries telephone events (RFC 4733).
    public var isTelephoneEvent: Bool { name.equalsIgnoringASCIICase("telephone-event") }

    /// Whether the format carries comfort noise (RFC 3389).
    public var isComfortNoise: Bool { name.equalsIgnoringASCIICase("CN") }

    /// Whether the format is a codec that can carry speech by itself.
    ///
    /// Redundancy (RFC 2198) and forward error correction wrap other formats and are not taken for codecs.
    public var isCodec: Bool {
        !isTelephoneEvent && !isComfortNoise && !name.equalsIgnoringASCIICase("red")
            && !name.equalsIgnoringASCIICase("ulpfec")
    }

    /// The value of `a=rtpmap`.
    var rtpmap: String {
        channels == 1 ? "\(payloadType) \(name)/\(clockRate)" : "\(payloadType) \(name)/\(clockRate)/\(channels)"
    }
}
