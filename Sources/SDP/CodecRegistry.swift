import Base

/// What is known about an audio codec before any call names it.
public struct CodecDescriptor: Hashable, Sendable {
    /// The IANA encoding name, as it is printed.
    public let name: String
    /// The payload types that RFC 3551 §6 fixes, with the clock rate and channels that each stands for.
    public let staticPayloads: [StaticPayload]
    /// The RTP clock rates that exist; the first is meant when none is named.
    public let clockRates: [Int]
    /// Decoded samples per RTP tick: 2 for G722, whose clock rate is half of its sample rate, else 1.
    public let samplesPerTick: Int
    /// Channels printed in `a=rtpmap` when none are named; opus always prints 2 (RFC 7587 §7).
    public let channels: Int
    /// The packet time used when nobody asks for another, in milliseconds.
    public let ptimeMilliseconds: Int
    /// The packet times are multiples of this, in milliseconds.
    public let frameMilliseconds: Int
    /// What the switch does with it.
    public let support: CodecSupport

    /// A payload type that needs no `a=rtpmap`.
    public struct StaticPayload: Hashable, Sendable {
        /// The number, 0…95.
        public let type: UInt8
        /// The RTP clock rate that the type implies.
        public let clockRate: Int
        /// The channels that the type implies.
        public let channels: Int
    }

    fileprivate init(
        _ name: String,
        _ staticPayloads: [(type: UInt8, clockRate: Int, channels: Int)],
        rates clockRates: [Int],
        samplesPerTick: Int = 1,
        channels: Int = 1,
        ptime: Int = 20,
        frame: Int = 10,
        _ support: CodecSupport
    ) {
        self.name = name
        self.staticPayloads = staticPayloads.map {
            StaticPayload(type: $0.type, clockRate: $0.clockRate, channels: $0.channels)
        }
        self.clockRates = clockRates
        self.samplesPerTick = samplesPerTick
        self.channels = channels
        self.ptimeMilliseconds = ptime
        self.frameMilliseconds = frame
        self.support = support
    }

    /// What the switch does with the codec at this rate with so many channels: it decodes one channel at known rates.
    public func support(clockRate: Int, channels: Int) -> CodecSupport {
        channels == 1 && clockRates.contains(clockRate) ? support : .passThrough
    }

    /// The static payload type for a clock rate and channels, if RFC 3551 fixed one.
    public func staticPayloadType(clockRate: Int, channels: Int) -> UInt8? {
        staticPayloads.first { $0.clockRate == clockRate && $0.channels == channels }?.type
    }
}

/// The audio codecs that have a name here.
///
/// To teach the switch a codec, add its row; give it `.transcoded` once the media engine can decode and encode it.
public enum CodecRegistry {
    /// One row a codec.
    public static let audio: [CodecDescriptor] = [
        .init("PCMU", [(0, 8000, 1)], rates: [8000], .transcoded),
        .init("PCMA", [(8, 8000, 1)], rates: [8000], .transcoded),
        .init("L16", [(10, 44_100, 2), (11, 44_100, 1)], rates: linearRates, .transcoded),
        .init("G722", [(9, 8000, 1)], rates: [8000], samplesPerTick: 2, .passThrough),
        .init("G729", [(18, 8000, 1)], rates: [8000], .passThrough),
        .init("G723", [(4, 8000, 1)], rates: [8000], ptime: 30, frame: 30, .passThrough),
        .init("G728", [(15, 8000, 1)], rates: [8000], .passThrough),
        .init("GSM", [(3, 8000, 1)], rates: [8000], frame: 20, .passThrough),
        .init("LPC", [(7, 8000, 1)], rates: [8000], frame: 20, .passThrough),
        .init("DVI4", [(5, 8000, 1), (6, 16_000, 1)], rates: [8000, 16_000], .passThrough),
        .init("G726-16", [], rates: [8000], .passThrough),
        .init("G726-24", [], rates: [8000], .passThrough),
        .init("G726-32", [], rates: [8000], .passThrough),
        .init("G726-40", [], rates: [8000], .passThrough),
        .init("iLBC", [], rates: [8000], ptime: 30, frame: 10, .passThrough),
        .init("opus", [], rates: [48_000], channels: 2, .passThrough),
        .init("speex", [], rates: [8000, 16_000, 32_000], frame: 20, .passThrough),
        .init("SILK", [], rates: [8000, 12_000, 16_000, 24_000], frame: 20, .passThrough),
        .init("AMR", [], rates: [8000], frame: 20, .passThrough),
        .init("AMR-WB", [], rates: [16_000], frame: 20, .passThrough),
        .init("G7221", [], rates: [16_000, 32_000], frame: 20, .passThrough),
        .init("BV16", [], rates: [8000], .passThrough),
        .init("BV32", [], rates: [16_000], .passThrough),
    ]

    private static let linearRates = [8000, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]

    /// The codec of an encoding name, in any case.
    public static func codec(named name: String) -> CodecDescriptor? {
        audio.first { $0.name.equalsIgnoringASCIICase(name) }
    }

    /// The codec, clock rate and channels that a static payload type stands for without `a=rtpmap`.
    static func staticFormat(_ payloadType: UInt8) -> PayloadFormat? {
        if payloadType == PayloadFormat.comfortNoiseType {
            return PayloadFormat(payloadType: payloadType, name: "CN", clockRate: 8000)
        }
        for codec in audio {
            for payload in codec.staticPayloads where payload.type == payloadType {
                return PayloadFormat(
                    payloadType: payloadType,
                    name: codec.name,
                    clockRate: payload.clockRate,
                    channels: payload.channels
                )
            }
        }
        return nil
    }
}
