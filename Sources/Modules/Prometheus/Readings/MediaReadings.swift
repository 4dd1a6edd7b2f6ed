import MediaEngine
import SwitchCore

/// What the media loops have moved, and how well it arrives.
enum MediaReadings {
    static func families(_ loops: [MediaLoopFigures], _ ports: MediaPorts) -> [MetricFamily] {
        var (traffic, quality) = (MediaTraffic(), MediaQuality())
        for loop in loops {
            traffic.add(loop.traffic)
            quality.add(loop.quality)
        }
        return packets(traffic) + arrival(quality) + [
            perLoop("media_streams", .gauge, "Streams that are open.", loops) { Double($0.streams) },
            perLoop(
                "loop_cpu_seconds",
                .counter,
                "CPU time of the threads that calls and media live on.",
                loops
            ) { Double($0.cpuNanoseconds) / 1e9 },
            perLoop(
                "loop_delay_seconds",
                .gauge,
                "How long it took the loop to come to this question.",
                loops
            ) { Double($0.delayNanoseconds) / 1e9 },
            MetricFamily(
                "rtp_port_pairs",
                .gauge,
                "Pairs of ports for RTP and RTCP.",
                [("used", ports.used), ("resting", ports.resting), ("free", ports.free)].map {
                    Metric.Sample(Double($0.1), [("state", $0.0)])
                }
            ),
        ]
    }

    private static func packets(_ traffic: MediaTraffic) -> [MetricFamily] {
        [
            MetricFamily("rtp_packets_received", .counter, "RTP packets of peers.", count: traffic.packetsReceived),
            MetricFamily("rtp_packets_sent", .counter, "RTP packets to peers.", count: traffic.packetsSent),
            MetricFamily("rtp_received_bytes", .counter, "Payload of RTP packets.", count: traffic.octetsReceived),
            MetricFamily("rtp_sent_bytes", .counter, "Payload of RTP packets.", count: traffic.octetsSent),
            MetricFamily(
                "rtp_packets_lost",
                .counter,
                "RTP packets that peers sent and that did not arrive.",
                count: traffic.packetsLost
            ),
            MetricFamily(
                "rtp_packets_dropped",
                .counter,
                "RTP packets that could not be sent.",
                count: traffic.packetsDropped
            ),
            MetricFamily(
                "rtp_packets_stray",
                .counter,
                "RTP packets from elsewhere than the peer.",
                count: traffic.strayPackets
            ),
            MetricFamily(
                "rtp_packets_invalid",
                .counter,
                "Packets on RTP ports that are none, or of an unknown payload type.",
                count: traffic.invalidPackets
            ),
        ]
    }

    /// How the open streams that receive something fare; without one there is nothing to tell.
    private static func arrival(_ quality: MediaQuality) -> [MetricFamily] {
        let worst = quality.streams > 0
        return [
            MetricFamily(
                "rtp_receiving_streams",
                .gauge,
                "Open streams that have received something.",
                count: quality.streams
            ),
            MetricFamily(
                "rtp_jitter_seconds",
                .gauge,
                "Jitter of what open streams receive, on average.",
                quality.meanJitter.map { $0 / 1000 }
            ),
            MetricFamily(
                "rtp_jitter_worst_seconds",
                .gauge,
                "Jitter of the open stream that has most.",
                worst ? quality.worstJitter / 1000 : nil
            ),
            MetricFamily(
                "rtp_round_trip_seconds",
                .gauge,
                "Round trip that RTCP measured, on average.",
                quality.meanRoundTrip.map { $0 / 1000 }
            ),
            MetricFamily(
                "rtp_mos",
                .gauge,
                "Mean opinion score that the losses of open streams allow on average, 1 to 4.5.",
                quality.meanShare.map { AudioFigures.meanOpinionScore($0 * 100) }
            ),
            MetricFamily(
                "rtp_mos_worst",
                .gauge,
                "Mean opinion score that the losses of the worst open stream allow.",
                worst ? AudioFigures.meanOpinionScore(quality.worstShare * 100) : nil
            ),
        ]
    }

    private static func perLoop(
        _ name: String,
        _ kind: Metric.Kind,
        _ help: String,
        _ loops: [MediaLoopFigures],
        _ value: (MediaLoopFigures) -> Double
    ) -> MetricFamily {
        let samples = loops.enumerated().map { Metric.Sample(value($0.element), [("loop", "media-\($0.offset)")]) }
        return MetricFamily(name, kind, help, samples)
    }
}
