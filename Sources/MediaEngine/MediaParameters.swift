public import Base

/// An audio format as SDP names it.
public struct MediaCodec: Hashable, Sendable {
    /// The encoding name that `a=rtpmap` gives, in any case.
    public var name: String
    /// The RTP clock rate in Hz.
    public var clockRate: Int
    /// The number of channels.
    public var channels: Int
    /// The duration of a packet in milliseconds.
    public var packetMilliseconds: Int

    /// A format; defaults are those of G.711.
    public init(_ name: String, clockRate: Int = 8000, channels: Int = 1, packetMilliseconds: Int = 20) {
        (self.name, self.clockRate) = (name, clockRate)
        (self.channels, self.packetMilliseconds) = (channels, packetMilliseconds)
    }

    /// Bits per second, without headers: two octets a sample for linear audio, one for the others.
    public var bitRate: Int { clockRate * channels * (name.uppercased() == "L16" ? 16 : 8) }

    /// Whether the engine can decode and encode the format; others are only relayed between equals.
    public var isTranscodable: Bool { AudioCoding(self) != nil }
}

/// What an offer and its answer settled for one audio stream; plain values, given to ``MediaStream/update(_:)``.
public struct MediaParameters: Hashable, Sendable {
    /// Where RTP is to be sent; `nil` sends nothing until the peer's address is learned from its packets.
    public var remote: IPEndpoint?
    /// Where RTCP is to be sent; `nil` means the port after `remote`'s (RFC 3550 §11).
    public var remoteRTCP: IPEndpoint?
    /// Whether RTCP shares the RTP port (RFC 5761).
    public var multiplexesRTCP = false
    /// The format in both directions.
    public var codec: MediaCodec
    /// The payload type that the peer wants to receive.
    public var sendPayloadType: UInt8
    /// The payload type that the peer sends.
    public var receivePayloadType: UInt8
    /// The payload type of telephone-events that the peer wants to receive (RFC 4733), if any.
    public var telephoneEventSend: UInt8?
    /// The payload type of telephone-events that the peer sends, if any.
    public var telephoneEventReceive: UInt8?
    /// The clock of telephone-events where it is not the format's, in Hz; their durations count its ticks.
    public var telephoneEventClockRate: Int?
    /// The payload type of comfort noise (RFC 3389), if it was negotiated.
    public var comfortNoise: UInt8?
    /// Whether we send media (the direction is `sendrecv` or `sendonly` from here).
    public var sends = true
    /// Whether we take media in (the direction is `sendrecv` or `recvonly` from here).
    public var receives = true
    /// Whether the address of arriving packets overrides `remote` (symmetric RTP) while the lock window is open.
    public var learnsRemote = true
    /// How long there is between two RTCP reports, more or less; `nil` sends none (`rtcp-audio-interval-msec`).
    public var reportInterval: Duration? = .seconds(5)
    /// Without a packet for so long, ``MediaEvent/timedOut`` is reported (`rtp-timeout-sec`).
    public var timeout: Duration?
    /// The same while either direction is off, which is how a call is on hold (`rtp-hold-timeout-sec`).
    public var holdTimeout: Duration?

    /// Parameters with the same payload type in both directions and no telephone-events.
    public init(codec: MediaCodec, payloadType: UInt8, remote: IPEndpoint? = nil) {
        (self.codec, self.remote) = (codec, remote)
        (sendPayloadType, receivePayloadType) = (payloadType, payloadType)
    }
}
