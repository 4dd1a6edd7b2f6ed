public import Base

/// Makes observations of what streams count: what came about between two readings.
///
/// A stream has one voice, however many of its packets are lost: what it says weighs as many seconds of media as passed.
public struct StreamWatch: Sendable {
    /// How many streams are followed; more are left aside.
    public static let limit = 100_000
    /// How much media an observation of weight 1 is.
    public static let evidence = Duration.seconds(5)
    /// Fewer packets than this say nothing of loss.
    private static let fewestPackets = 25.0
    /// More time than this between two readings counts as this much: what was in between was not looked at.
    private static let longest = Duration.seconds(15)

    private struct Last: Sendable {
        var reading: StreamReading
        var at: MonotonicInstant
        var round: UInt64
    }

    private var streams: [UInt64: Last] = [:]
    private var round: UInt64 = 0

    /// Follows nobody yet.
    public init() {}

    /// How many streams are followed.
    public var count: Int { streams.count }

    /// Takes a reading, and gives what came about since the one before; `nil` when that is nothing, or there was none.
    ///
    /// Of both directions the worse one counts: a call is as good as that. Where the peer reports, what comes in the meantime
    /// waits for its next report, which tells of the same time: by itself it would say that nothing is lost.
    public mutating func sample(_ reading: StreamReading, at now: MonotonicInstant) -> PathSample? {
        let known = streams[reading.id]
        guard known != nil || streams.count < Self.limit else { return nil }
        let hasReport = known.map { reading.reports > $0.reading.reports } ?? false
        if let known, !hasReport, reading.reports > 0, now - known.at < Self.longest {
            streams[reading.id]?.round = round
            return nil
        }
        streams[reading.id] = Last(reading: reading, at: now, round: round)
        guard let last = known?.reading, let since = known?.at, now > since else { return nil }
        let came = Double(reading.received >= last.received ? reading.received - last.received : 0)
        guard came > 0 || hasReport else { return nil }
        var sample = PathSample(weight: min(now - since, Self.longest) / Self.evidence)
        // Packets that come late make losses fewer, and a new source of the peer's begins at none.
        let lost = max(Double(reading.lost) - Double(last.lost), 0)
        if came + lost >= Self.fewestPackets { sample.loss = lost / (came + lost) }
        if came > 0 { sample.jitter = reading.jitter }
        if hasReport {
            sample.roundTrip = reading.roundTrip
            sample.loss = [sample.loss, reading.remoteLoss].compactMap { $0 }.max()
            sample.jitter = [sample.jitter, reading.remoteJitter].compactMap { $0 }.max()
        }
        return sample
    }

    /// Ends a round of readings: streams that were not in it are over.
    public mutating func endRound() {
        let current = round
        streams = streams.filter { $0.value.round == current }
        round &+= 1
    }
}
