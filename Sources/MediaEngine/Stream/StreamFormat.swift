import Base
import RTP

/// The parameters of a stream as the packet path needs them: plain numbers, so that a packet costs no reference count.
package struct StreamFormat {
    /// Equal for formats that can be forwarded to each other untouched.
    var codecToken: UInt64
    var coding: AudioCoding?
    var clockRate: Int
    var packetMilliseconds: Int
    var sendPayloadType: UInt8
    var receivePayloadType: UInt8
    var eventSend: UInt8?
    var eventReceive: UInt8?
    /// The clock that the durations of events count by (RFC 4733 §2.3.5); their timestamps are those of the audio.
    var eventClockRate: Int
    var comfortNoise: UInt8?
    var sends: Bool
    var receives: Bool

    /// What a packet is by its payload type.
    func arrival(of view: RTPPacketView) -> StreamCore.Arrival {
        let type = view.header.payloadType
        if type == receivePayloadType { return .audio(view) }
        if type == eventReceive { return .key(view) }
        // Type 13 is comfort noise by itself (RFC 3551 §6), and some peers send it without having said so.
        return type == comfortNoise || type == 13 ? .noise(view) : .refused
    }

    /// The length of a packet in ticks of the clock.
    var packetTicks: UInt32 {
        UInt32(clamping: clockRate * packetMilliseconds / 1000)
    }

    /// The ticks of the audio's clock that are as long as so many of the events' clock.
    func ticks(ofEvent eventTicks: UInt32) -> UInt32 {
        guard eventClockRate != clockRate else { return eventTicks }
        return UInt32(clamping: Int(eventTicks) * clockRate / eventClockRate)
    }

    package init(_ parameters: MediaParameters) {
        let codec = parameters.codec
        clockRate = min(max(codec.clockRate, 1000), 384_000)
        packetMilliseconds = min(max(codec.packetMilliseconds, 10), 120)
        eventClockRate = min(max(parameters.telephoneEventClockRate ?? codec.clockRate, 1000), 384_000)
        coding = AudioCoding(codec)
        codecToken = Self.token(codec.name, clockRate: codec.clockRate, channels: codec.channels)
        // A frame of linear audio must fit one packet.
        if let coding {
            let bytes = coding.law == .linear ? 2 : 1
            while packetMilliseconds > 10, coding.rate * packetMilliseconds / 1000 * bytes > AudioCoding.maximumPayload
            {
                packetMilliseconds -= 10
            }
        }
        (sendPayloadType, receivePayloadType) = (
            parameters.sendPayloadType & 0x7F, parameters.receivePayloadType & 0x7F
        )
        (eventSend, eventReceive) = (parameters.telephoneEventSend, parameters.telephoneEventReceive)
        comfortNoise = parameters.comfortNoise
        (sends, receives) = (parameters.sends, parameters.receives)
    }

    /// FNV-1a over the folded name, the rate and the channels; a collision needs two codecs of one call to collide.
    private static func token(_ name: String, clockRate: Int, channels: Int) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte.lowercasedASCII)) &* 0x100_0000_01B3 }
        for number in [clockRate, channels] {
            hash = (hash ^ UInt64(truncatingIfNeeded: number)) &* 0x100_0000_01B3
        }
        return hash
    }
}
