import Base
import NetworkConditions
import Testing

struct StreamWatchTests {
    /// One reading after another of one stream, and what comes of the second.
    struct Step: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var first = StreamReading(id: 1, received: 100, lost: 0, jitter: 1)
        var second: StreamReading
        var seconds = 5
        var expected: PathSample?
    }

    static let steps = [
        Step(
            testDescription: "nothing came",
            second: StreamReading(id: 1, received: 100, lost: 0, jitter: 1),
            expected: nil
        ),
        Step(
            testDescription: "five seconds without loss",
            second: StreamReading(id: 1, received: 350, lost: 0, jitter: 2),
            expected: PathSample(loss: 0, jitter: 2, weight: 1)
        ),
        Step(
            testDescription: "a tenth was lost, in half the time",
            second: StreamReading(id: 1, received: 190, lost: 10, jitter: 2),
            seconds: 2,
            expected: PathSample(loss: 0.1, jitter: 2, weight: 0.4)
        ),
        Step(
            testDescription: "too few packets to tell",
            second: StreamReading(id: 1, received: 110, lost: 5, jitter: 2),
            expected: PathSample(loss: nil, jitter: 2, weight: 1)
        ),
        Step(
            testDescription: "late packets make losses fewer",
            first: StreamReading(id: 1, received: 100, lost: 7, jitter: 1),
            second: StreamReading(id: 1, received: 350, lost: 3, jitter: 2),
            expected: PathSample(loss: 0, jitter: 2, weight: 1)
        ),
        Step(
            testDescription: "the peer began anew",
            second: StreamReading(id: 1, received: 50, lost: -20, jitter: 2),
            expected: nil
        ),
        Step(
            testDescription: "the worse direction counts",
            second: reported(received: 340, lost: 10, reports: 1, loss: 0.2, jitter: 9, trip: 80),
            expected: PathSample(roundTrip: 80, loss: 0.2, jitter: 9, weight: 1)
        ),
        Step(
            testDescription: "a report says nothing twice",
            first: reported(received: 100, lost: 0, reports: 3, loss: 0.2, jitter: 9, trip: 80),
            second: reported(received: 850, lost: 0, reports: 3, loss: 0.2, jitter: 9, trip: 80),
            seconds: 15,
            expected: PathSample(loss: 0, jitter: 2, weight: 3)
        ),
        Step(
            testDescription: "only reports, from somebody who listens",
            second: reported(received: 100, lost: 0, reports: 1, loss: 0.01, jitter: 4, trip: 30),
            expected: PathSample(roundTrip: 30, loss: 0.01, jitter: 4, weight: 1)
        ),
        Step(
            testDescription: "a long time counts as fifteen seconds",
            second: StreamReading(id: 1, received: 100_100, lost: 0, jitter: 2),
            seconds: 3600,
            expected: PathSample(loss: 0, jitter: 2, weight: 3)
        ),
    ]

    static func reported(
        received: UInt64,
        lost: Int64,
        reports: UInt64,
        loss: Double,
        jitter: Double,
        trip: Double
    ) -> StreamReading {
        var reading = StreamReading(id: 1, received: received, lost: lost, jitter: 2, reports: reports)
        (reading.remoteLoss, reading.remoteJitter, reading.roundTrip) = (loss, jitter, trip)
        return reading
    }

    @Test(arguments: steps)
    func tellsWhatCameAbout(_ step: Step) {
        var watch = StreamWatch()
        #expect(watch.sample(step.first, at: .zero) == nil)
        #expect(watch.sample(step.second, at: .zero + .seconds(step.seconds)) == step.expected)
    }

    /// However often is looked, a report tells of all the time since the one before, and nothing else is said of that time.
    @Test(arguments: [1, 2, 5]) func waitsForReports(interval: Int) {
        var watch = StreamWatch()
        var samples: [PathSample] = []
        for second in stride(from: 0, through: 30, by: interval) {
            let reading = Self.reported(
                received: UInt64(second * 50),
                lost: 0,
                reports: UInt64(1 + second / 5),
                loss: 0.05,
                jitter: 3,
                trip: 80
            )
            if let sample = watch.sample(reading, at: .zero + .seconds(second)) { samples.append(sample) }
            watch.endRound()
        }
        #expect(watch.count == 1)
        #expect(samples.allSatisfy { $0.loss == 0.05 && $0.roundTrip == 80 })
        #expect(abs(samples.map(\.weight).reduce(0, +) - 6) < 0.001)
    }

    /// Streams that are over are forgotten, and their number may come again.
    @Test func forgetsStreams() {
        var watch = StreamWatch()
        for id in 1...3 { _ = watch.sample(StreamReading(id: UInt64(id), received: 1, lost: 0, jitter: 0), at: .zero) }
        watch.endRound()
        #expect(watch.count == 3)
        _ = watch.sample(StreamReading(id: 2, received: 2, lost: 0, jitter: 0), at: .zero + .seconds(5))
        watch.endRound()
        #expect(watch.count == 1)
    }
}
