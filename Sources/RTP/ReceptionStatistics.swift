public import Base

/// What is known about how one RTP stream arrives: sequence, loss, jitter, the sender's reports.
public struct ReceptionStatistics: Sendable {
    /// What a packet means to the stream.
    public enum Outcome: Hashable, Sendable {
        /// From the same source.
        case sameSource(SequenceTracker.Outcome)
        /// The first packet, or another SSRC took over: all counts began anew.
        case newSource(SequenceTracker.Outcome)
    }

    private let clockRate: Int
    private let minimumSequential: Int
    private var tracker: SequenceTracker
    private var estimator: JitterEstimator
    private var lastSenderReport: (middle: UInt32, arrival: MonotonicInstant)?

    /// The source that is heard; `nil` before the first packet.
    public private(set) var ssrc: UInt32?
    /// The highest number of packets lost in one gap so far, for the current source.
    public private(set) var longestGap = 0

    /// Statistics for a media clock of so many ticks per second.
    public init(clockRate: Int, minimumSequential: Int = 1) {
        self.clockRate = clockRate
        self.minimumSequential = minimumSequential
        tracker = SequenceTracker(minimumSequential: minimumSequential)
        estimator = JitterEstimator(clockRate: clockRate)
    }

    /// Packets received from the current source.
    public var received: UInt32 { tracker.received }
    /// Packets lost from the current source; negative where duplicates outnumber them.
    public var cumulativeLost: Int32 { tracker.cumulativeLost }
    /// The interarrival jitter in ticks.
    public var jitter: UInt32 { estimator.jitter }

    /// Takes a packet; `isTimely` says whether its timestamp is that of the moment when it was sent, so that it counts
    /// for the jitter.
    public mutating func received(_ header: RTPHeader, isTimely: Bool = true, at now: MonotonicInstant) -> Outcome {
        let isSame = ssrc == header.ssrc
        if !isSame {
            ssrc = header.ssrc
            tracker = SequenceTracker(minimumSequential: minimumSequential)
            estimator.sourceChanged()
            lastSenderReport = nil
            longestGap = 0
        }
        let outcome = tracker.track(header.sequenceNumber)
        switch outcome {
        case .inOrder(let lost):
            longestGap = max(longestGap, lost)
            if isTimely { estimator.received(timestamp: header.timestamp, at: now) }
        case .restarted:
            estimator.sourceChanged()
            if isTimely { estimator.received(timestamp: header.timestamp, at: now) }
        case .late, .probation, .outOfRange:
            break
        }
        return isSame ? .sameSource(outcome) : .newSource(outcome)
    }

    /// Remembers when the source's sender report came, for the next report block.
    public mutating func receivedSenderReport(
        from source: UInt32,
        _ information: RTCPSenderInformation,
        at now: MonotonicInstant
    ) {
        guard source == ssrc else { return }
        lastSenderReport = (information.ntp.middle, now)
    }

    /// The block about the current source for our next report; the fraction lost counts from the block before.
    public mutating func makeReportBlock(at now: MonotonicInstant) -> RTCPReportBlock? {
        guard let ssrc, tracker.received > 0 else { return nil }
        var block = RTCPReportBlock(
            ssrc: ssrc,
            fractionLost: tracker.takeFractionLost(),
            cumulativeLost: min(max(tracker.cumulativeLost, -0x80_0000), 0x7F_FFFF),
            extendedHighestSequence: tracker.extendedHighest,
            jitter: estimator.jitter
        )
        if let lastSenderReport {
            let nanoseconds = max((now - lastSenderReport.arrival).wholeNanoseconds, 0)
            let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
            block.lastSenderReport = lastSenderReport.middle
            block.delaySinceLastSenderReport = UInt32(clamping: seconds << 16 + (rest << 16) / 1_000_000_000)
        }
        return block
    }
}

/// What one stream has sent, for our sender reports.
public struct SenderStatistics: Hashable, Sendable {
    /// RTP packets sent, modulo 2³².
    public private(set) var packetCount: UInt32 = 0
    /// Payload bytes sent, modulo 2³².
    public private(set) var octetCount: UInt32 = 0

    /// A stream that has sent nothing.
    public init() {}

    /// Counts a packet of so many payload bytes.
    public mutating func sent(payloadBytes: Int) {
        packetCount &+= 1
        octetCount &+= UInt32(truncatingIfNeeded: payloadBytes)
    }

    /// The middle part of a sender report for an instant on both clocks.
    public func information(ntp: NTPTimestamp, rtpTimestamp: UInt32) -> RTCPSenderInformation {
        RTCPSenderInformation(
            ntp: ntp,
            rtpTimestamp: rtpTimestamp,
            packetCount: packetCount,
            octetCount: octetCount
        )
    }
}
