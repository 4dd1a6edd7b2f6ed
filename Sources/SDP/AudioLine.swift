import Base

/// The parts of an audio line that we write, before they are text.
struct AudioLine: Hashable, Sendable {
    /// A codec with the payload type that it got.
    struct Codec: Hashable, Sendable {
        var preference: CodecPreference
        var payloadType: UInt8

        var format: PayloadFormat {
            PayloadFormat(
                payloadType: payloadType,
                name: preference.name,
                clockRate: preference.clockRate,
                channels: preference.channels,
                parameters: preference.formatParameters
            )
        }
    }

    var codecs: [Codec]
    var telephoneEvents: [PayloadFormat] = []
    var comfortNoise: PayloadFormat?
    var ptimeMilliseconds: Int
    var direction: MediaDirection
    /// Whether RTCP shares the port: said in answers to offers that say it, and in later offers (RFC 5761 §5.1.1).
    var multiplexesRTCP = false

    /// The digits, `*`, `#`, `A`…`D` and flash (RFC 4733 §2.4.1).
    static let telephoneEvents = "0-16"

    /// The line for an address; media type and transport are spelled as in `other`, which it answers or replaces.
    func description(from local: IPEndpoint, like other: MediaDescription?) -> MediaDescription {
        let formats = codecs.map(\.format) + (comfortNoise.map { [$0] } ?? []) + telephoneEvents
        var attributes: [SDPAttribute] = []
        for format in formats {
            attributes.append(SDPAttribute("rtpmap", format.rtpmap))
            if let parameters = format.parameters {
                attributes.append(SDPAttribute("fmtp", "\(format.payloadType) \(parameters)"))
            }
        }
        attributes.append(SDPAttribute("ptime", "\(ptimeMilliseconds)"))
        attributes.append(SDPAttribute(direction.rawValue))
        if multiplexesRTCP { attributes.append(SDPAttribute("rtcp-mux")) }
        return MediaDescription(
            kind: other?.kind ?? "audio",
            port: local.port,
            transport: other?.transport ?? "RTP/AVP",
            formats: formats.map { "\($0.payloadType)" },
            attributes: attributes
        )
    }

    /// The line of an offer: all of `list` that can get a payload type; `nil` when nothing can.
    init?(
        offering list: CodecList,
        telephoneEventType: UInt8?,
        comfortNoiseType: UInt8?,
        direction: MediaDirection,
        types: inout PayloadTypeMap
    ) {
        let reserved = [telephoneEventType, comfortNoiseType].compactMap(\.self)
        codecs = []
        for preference in list.preferences.prefix(CodecList.maximumCount) {
            var codec = Codec(preference: preference, payloadType: 0)
            guard !codecs.contains(where: { preference.matches($0.format) }) else { continue }
            let fixed = CodecRegistry.codec(named: preference.name)?
                .staticPayloadType(clockRate: preference.clockRate, channels: preference.channels)
            let wish = fixed ?? preference.payloadType
            guard let type = types.payloadType(for: codec.format, wish: wish, reserved: reserved) else { continue }
            codec.payloadType = type
            codecs.append(codec)
        }
        guard let first = codecs.first else { return nil }
        ptimeMilliseconds = PacketTime.preferred(first.preference)
        self.direction = direction
        if let telephoneEventType {
            // One for each clock rate, as RFC 4733 §2.1 wants; the usual number goes to the usual rate.
            var rates: [Int] = []
            for codec in codecs where !rates.contains(codec.preference.clockRate) {
                rates.append(codec.preference.clockRate)
            }
            let usual = rates.contains(8000) ? 8000 : rates[0]
            for rate in rates {
                var event = PayloadFormat(payloadType: 0, name: "telephone-event", clockRate: rate)
                event.parameters = Self.telephoneEvents
                let wish = rate == usual ? telephoneEventType : nil
                guard let type = types.payloadType(for: event, wish: wish, reserved: reserved) else { continue }
                event.payloadType = type
                telephoneEvents.append(event)
            }
        }
        if let comfortNoiseType, codecs.contains(where: { $0.preference.clockRate == 8000 }) {
            var noise = PayloadFormat(payloadType: comfortNoiseType, name: "CN", clockRate: 8000)
            if let type = types.payloadType(for: noise, wish: comfortNoiseType, reserved: reserved) {
                noise.payloadType = type
                comfortNoise = noise
            }
        }
    }

    /// The line of an answer: the codec that was chosen, with the numbers of the offer (RFC 3264 §6.1).
    init(
        answering codec: Codec,
        telephoneEvent: PayloadFormat?,
        comfortNoise: PayloadFormat?,
        ptimeMilliseconds: Int,
        direction: MediaDirection,
        multiplexesRTCP: Bool
    ) {
        codecs = [codec]
        self.multiplexesRTCP = multiplexesRTCP
        self.ptimeMilliseconds = ptimeMilliseconds
        self.direction = direction
        self.comfortNoise = comfortNoise
        if var event = telephoneEvent {
            event.parameters = Self.telephoneEvents
            telephoneEvents = [event]
        }
    }
}
