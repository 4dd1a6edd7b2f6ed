import Base

/// One entry of a codec list: a codec with the rate, packet time and parameters that are wished for.
public struct CodecPreference: Hashable, Sendable {
    /// The encoding name, spelled as it is to be printed.
    public var name: String
    /// Ticks per second of the RTP timestamp.
    public var clockRate: Int
    /// Samples per second after decoding.
    public var sampleRate: Int
    /// Channels.
    public var channels: Int
    /// The packet time to ask for, in milliseconds; the codec's default when `nil`.
    public var ptimeMilliseconds: Int?
    /// Bits per second, where the codec list names them.
    public var bitrate: Int?
    /// What to say in `a=fmtp`.
    public var formatParameters: String?
    /// The payload type to use if it is free; otherwise the static or the next dynamic one.
    public var payloadType: UInt8?
    /// What the switch does with it.
    public var support: CodecSupport

    /// A wish of these properties.
    public init(
        name: String,
        clockRate: Int,
        sampleRate: Int? = nil,
        channels: Int = 1,
        ptimeMilliseconds: Int? = nil,
        bitrate: Int? = nil,
        formatParameters: String? = nil,
        payloadType: UInt8? = nil,
        support: CodecSupport = .transcoded
    ) {
        self.name = name
        self.clockRate = clockRate
        self.sampleRate = sampleRate ?? clockRate
        self.channels = channels
        self.ptimeMilliseconds = ptimeMilliseconds
        self.bitrate = bitrate
        self.formatParameters = formatParameters
        self.payloadType = payloadType
        self.support = support
    }

    /// The wish for exactly the format that the other side described; unknown codecs pass through.
    public init(_ format: PayloadFormat, ptimeMilliseconds: Int? = nil) {
        let known = CodecRegistry.codec(named: format.name)
        self.init(
            name: known?.name ?? format.name,
            clockRate: format.clockRate,
            sampleRate: format.clockRate.multipliedReportingOverflow(by: known?.samplesPerTick ?? 1).partialValue,
            channels: format.channels,
            ptimeMilliseconds: ptimeMilliseconds,
            formatParameters: format.parameters,
            payloadType: format.payloadType,
            support: known?.support(clockRate: format.clockRate, channels: format.channels) ?? .passThrough
        )
    }

    /// Whether a format is this codec at this rate with as many channels (RFC 3264 §6.1).
    public func matches(_ format: PayloadFormat) -> Bool {
        format.clockRate == clockRate && format.channels == channels && name.equalsIgnoringASCIICase(format.name)
    }
}
