public import Base

/// What offer and answer agreed on for the audio stream of a call, from our side's point of view.
public struct NegotiatedAudio: Hashable, Sendable {
    /// Where our RTP goes.
    ///
    /// Do not send there unless ``direction`` sends.
    public var remote: IPEndpoint
    /// Where our RTCP goes: the port after RTP's, or what `a=rtcp` says (RFC 3605), or RTP's own.
    public var rtcpRemote: IPEndpoint
    /// Whether RTCP shares RTP's port in both directions (RFC 5761).
    public var multiplexesRTCP: Bool
    /// The codec and packet time that we send; we receive the same codec.
    public var codec: AudioCodec
    /// The payload type that the other side expects for the codec.
    public var sendPayloadType: UInt8
    /// The payload type by which the codec arrives here.
    public var receivePayloadType: UInt8
    /// The payload type of the telephone events that we send (RFC 4733); `nil` when the other side takes none.
    public var telephoneEventSend: UInt8?
    /// The payload type by which telephone events arrive here.
    public var telephoneEventReceive: UInt8?
    /// The clock of telephone events in both directions, which some peers have at 8000 Hz beside any codec.
    public var telephoneEventClockRate: Int?
    /// The payload type of comfort noise in both directions (RFC 3389).
    public var comfortNoise: UInt8?
    /// What this side does.
    public var direction: MediaDirection
    /// Whether the other side asked not to be sent audio: `sendonly`, `inactive` or `c=0.0.0.0`.
    public var isHeldByRemote: Bool

    /// An agreement of these properties.
    public init(
        remote: IPEndpoint,
        rtcpRemote: IPEndpoint,
        multiplexesRTCP: Bool = false,
        codec: AudioCodec,
        sendPayloadType: UInt8,
        receivePayloadType: UInt8,
        telephoneEventSend: UInt8? = nil,
        telephoneEventReceive: UInt8? = nil,
        telephoneEventClockRate: Int? = nil,
        comfortNoise: UInt8? = nil,
        direction: MediaDirection = .sendRecv,
        isHeldByRemote: Bool = false
    ) {
        self.remote = remote
        self.rtcpRemote = rtcpRemote
        self.multiplexesRTCP = multiplexesRTCP
        self.codec = codec
        self.sendPayloadType = sendPayloadType
        self.receivePayloadType = receivePayloadType
        self.telephoneEventSend = telephoneEventSend
        self.telephoneEventReceive = telephoneEventReceive
        self.telephoneEventClockRate = telephoneEventClockRate
        self.comfortNoise = comfortNoise
        self.direction = direction
        self.isHeldByRemote = isHeldByRemote
    }
}
