import Base
import RTP
import Testing

/// Sequence tracking, loss, jitter and report blocks (RFC 3550 A.1, A.3, A.8).
@Suite struct ReceptionTests {
    @Test(
        arguments: [
            ("in order", [1, 2, 3], 0, 3, "i0 i0 i0"),
            ("gap and late packet", [1, 2, 5, 3, 4], 0, 5, "i0 i0 i2 L L"),
            ("loss", [1, 2, 5], 2, 5, "i0 i0 i2"),
            ("duplicates", [1, 1, 1, 2], -2, 2, "i0 L L i0"),
            ("wrap", [65_534, 65_535, 0, 1], 0, 65_537, "i0 i0 i0 i0"),
            ("wrap with loss and a late one", [65_534, 1, 65_535], 1, 65_537, "i0 i2 L"),
            ("stray packet", [1, 30_000, 2], 0, 2, "i0 X i0"),
            ("restart", [1, 30_000, 30_001, 30_002], 0, 30_002, "i0 X R i0"),
            ("two strays", [1, 30_000, 40_000, 2], 0, 2, "i0 X X i0"),
        ] as [(String, [UInt16], Int32, UInt32, String)]
    )
    func sequences(name: String, input: [UInt16], lost: Int32, highest: UInt32, expected: String) {
        var tracker = SequenceTracker()
        let log = input.map { sequence -> String in
            switch tracker.track(sequence) {
            case .inOrder(let lost): "i\(lost)"
            case .late: "L"
            case .probation: "p"
            case .outOfRange: "X"
            case .restarted: "R"
            }
        }
        #expect(log.joined(separator: " ") == expected, "\(name)")
        #expect(tracker.cumulativeLost == lost, "\(name)")
        #expect(tracker.extendedHighest == highest, "\(name)")
    }

    @Test func probation() {
        var tracker = SequenceTracker(minimumSequential: 2)
        #expect(
            [7, 9, 10, 11].map { tracker.track($0) } == [.probation, .probation, .inOrder(lost: 0), .inOrder(lost: 0)]
        )
        #expect(tracker.received == 2 && tracker.expected == 2)
    }

    @Test func fractionLostCountsFromReportToReport() {
        var tracker = SequenceTracker()
        for sequence: UInt16 in 0..<8 where sequence % 4 != 1 { _ = tracker.track(sequence) }
        #expect(tracker.takeFractionLost() == 64)
        for sequence: UInt16 in 8..<16 { _ = tracker.track(sequence) }
        #expect(tracker.takeFractionLost() == 0)
        #expect(tracker.cumulativeLost == 2)
        #expect(tracker.takeFractionLost() == 0)
    }

    /// Every second packet 5 ms late: the estimate nears 40 ticks, and a jump of the sender's clock passes.
    @Test func jitter() {
        var estimator = JitterEstimator(clockRate: 8000)
        func at(_ milliseconds: Int64) -> MonotonicInstant { .zero + .milliseconds(milliseconds) }
        for index: UInt32 in 0..<200 {
            estimator.received(timestamp: index &* 160 &+ .max - 100, at: at(Int64(index) * 20 + Int64(index % 2) * 5))
        }
        #expect((38...40).contains(estimator.jitter))
        var steady = JitterEstimator(clockRate: 8000)
        for index: UInt32 in 0..<50 { steady.received(timestamp: index &* 160, at: at(Int64(index) * 20)) }
        #expect(steady.jitter == 0)
        steady.received(timestamp: 0x8000_0000, at: at(1000))
        #expect(steady.jitter <= 5000)
        var extreme = JitterEstimator(clockRate: .max)
        for index: UInt32 in 0..<100 {
            extreme.received(
                timestamp: index &* 0x7FFF_FFFF,
                at: MonotonicInstant(nanoseconds: index % 2 == 0 ? .max : .min)
            )
        }
    }

    @Test func reportBlockAndSourceChange() throws {
        var statistics = ReceptionStatistics(clockRate: 8000)
        #expect(statistics.makeReportBlock(at: .zero) == nil)
        func header(_ sequence: UInt16, _ ssrc: UInt32) -> RTPHeader {
            RTPHeader(payloadType: 0, sequenceNumber: sequence, timestamp: UInt32(sequence) * 160, ssrc: ssrc)
        }
        #expect(statistics.received(header(1, 5), at: .zero) == .newSource(.inOrder(lost: 0)))
        #expect(statistics.received(header(4, 5), at: .zero) == .sameSource(.inOrder(lost: 2)))
        #expect(statistics.longestGap == 2)
        let report = RTCPSenderInformation(
            ntp: NTPTimestamp(bits: 0x1234_5678_9ABC_DEF0),
            rtpTimestamp: 0,
            packetCount: 0,
            octetCount: 0
        )
        statistics.receivedSenderReport(from: 6, report, at: .zero)
        #expect(statistics.makeReportBlock(at: .zero)?.lastSenderReport == 0)
        statistics.receivedSenderReport(from: 5, report, at: .zero)
        let first = statistics.makeReportBlock(at: .zero + .milliseconds(1500))
        let block = try #require(first)
        #expect(block.lastSenderReport == 0x5678_9ABC && block.delaySinceLastSenderReport == 0x0001_8000)
        #expect(block.ssrc == 5 && block.cumulativeLost == 2 && block.extendedHighestSequence == 4)
        #expect(statistics.received(header(900, 9), at: .zero) == .newSource(.inOrder(lost: 0)))
        let second = statistics.makeReportBlock(at: .distantFuture)
        #expect(second?.ssrc == 9 && second?.cumulativeLost == 0 && second?.lastSenderReport == 0)
    }

    /// The packets of an event all bear its first timestamp: they count as received, and not as jitter.
    @Test func eventsAreNoJitter() {
        var (plain, mixed) = (ReceptionStatistics(clockRate: 8000), ReceptionStatistics(clockRate: 8000))
        for index in UInt16(0)..<100 {
            let isEvent = (40..<60).contains(index)
            let now = MonotonicInstant.zero + .milliseconds(20 * Int64(index))
            var header = RTPHeader(payloadType: 0, sequenceNumber: index, timestamp: UInt32(index) * 160, ssrc: 1)
            _ = plain.received(header, at: now)
            if isEvent { header.timestamp = 40 * 160 }
            _ = mixed.received(header, isTimely: !isEvent, at: now)
        }
        #expect(plain.jitter == 0 && mixed.jitter == 0)
        #expect(mixed.received == 100 && mixed.cumulativeLost == 0)
    }

    @Test func senderCountsWrap() {
        var sender = SenderStatistics()
        for _ in 0..<3 { sender.sent(payloadBytes: 0x7FFF_FFFF) }
        let information = sender.information(ntp: NTPTimestamp(bits: 1), rtpTimestamp: 2)
        #expect(information.packetCount == 3 && information.octetCount == 0x7FFF_FFFD)
    }
}
