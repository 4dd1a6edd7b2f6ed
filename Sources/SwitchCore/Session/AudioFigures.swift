public import MediaEngine

/// A stream's counters under the names of `rtp_audio_in_…`, `rtp_audio_out_…` and of the statistics in CDRs.
public struct AudioFigures: Sendable {
    /// What came from the far end.
    public let inbound: [(name: String, value: String)]
    /// What was sent to it.
    public let outbound: [(name: String, value: String)]

    /// The fixed header of an RTP packet (RFC 3550 §5.1), which counters of raw bytes include.
    private static let headerLength: UInt64 = 12

    /// The figures of a stream.
    public init(_ statistics: MediaStatistics) {
        let quality = Self.quality(statistics)
        inbound = [
            ("raw_bytes", Self.rawBytes(statistics.octetsReceived, packets: statistics.packetsReceived)),
            ("media_bytes", String(statistics.octetsReceived)),
            ("packet_count", String(statistics.packetsReceived)),
            ("media_packet_count", String(statistics.packetsReceived)),
            ("jitter_loss_rate", Self.decimal(100 - quality)),
            ("flaw_total", String(max(statistics.packetsLost, 0))),
            ("jitter_ms", Self.decimal(statistics.jitterMilliseconds)),
            ("quality_percentage", Self.decimal(quality)),
            ("mos", Self.decimal(Self.meanOpinionScore(quality))),
        ]
        outbound = [
            ("raw_bytes", Self.rawBytes(statistics.octetsSent, packets: statistics.packetsSent)),
            ("media_bytes", String(statistics.octetsSent)),
            ("packet_count", String(statistics.packetsSent)),
            ("media_packet_count", String(statistics.packetsSent)),
        ]
    }

    private static func rawBytes(_ octets: UInt64, packets: UInt64) -> String {
        String(octets &+ packets &* headerLength)
    }

    /// The share of the far end's packets that arrived, in percent.
    private static func quality(_ statistics: MediaStatistics) -> Double {
        let (received, lost) = (Double(statistics.packetsReceived), Double(max(statistics.packetsLost, 0)))
        return received + lost == 0 ? 100 : 100 * received / (received + lost)
    }

    /// The mean opinion score of a transmission rating factor (ITU-T G.107 Annex B).
    ///
    /// The share of packets that arrived stands for the factor, so a call without loss has 4.5.
    public static func meanOpinionScore(_ factor: Double) -> Double {
        let rating = min(max(factor, 0), 100)
        return max(1 + 0.035 * rating + 0.000007 * rating * (rating - 60) * (100 - rating), 1)
    }

    /// A number with two decimals.
    static func decimal(_ value: Double) -> String {
        let hundredths = Int64((value * 100).rounded())
        let fraction = hundredths.magnitude % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
