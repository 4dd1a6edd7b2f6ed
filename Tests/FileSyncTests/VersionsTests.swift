import Base
import FileReplication
import Testing

@testable import FileSync

struct VersionsTests {
    private static let hour: Int64 = 3_600_000

    @Test(
        arguments: [
            (0, "kept-19700101-000000-000"), (1_795_780_800_123, "kept-20261127-120000-123"),
            (951_825_599_999, "kept-20000229-115959-999"),
        ] as [(Int64, String)]
    )
    func labelsAreTimes(milliseconds: Int64, text: String) throws {
        #expect(VersionLabel(milliseconds: milliseconds).text == text)
        let read = try #require(VersionLabel.read(Array("a.wav.\(text)".utf8)))
        #expect(read.label.milliseconds == milliseconds)
        #expect(read.name == Array("a.wav".utf8))
    }

    @Test(arguments: [
        "", "file", "kept-20261127-120000-123", ".kept-20261127-120000-123", "a.kept-20261327-120000-123",
        "a.kept-20261127-250000-123", "a.kept-2026112x-120000-123", "a-kept-20261127-120000-123",
        "a.kept-20261127-120000-12",
    ])
    func whatIsNoLabelIsNone(name: String) {
        #expect(VersionLabel.read(Array(name.utf8)) == nil)
    }

    @Test func trashIsKeptForDays() {
        let now = 100 * 24 * Self.hour
        let labels = [1, 69, 71, 99].map { VersionLabel(milliseconds: $0 * 24 * Self.hour) }
        #expect(VersionSchedule(policy: .trash(days: 30)).expired(labels, at: now) == Array(labels.prefix(2)))
        #expect(VersionSchedule(policy: .trash(days: 0)).expired(labels, at: now).isEmpty)
        #expect(VersionSchedule(policy: .none).expired(labels, at: now).isEmpty)
    }

    @Test func theOlderTheFewer() {
        let now = 400 * 24 * Self.hour
        // One every ten minutes for 60 days.
        let labels = (0..<(60 * 24 * 6)).map { VersionLabel(milliseconds: now - Int64($0) * Self.hour / 6) }
        let schedule = VersionSchedule(policy: .staggered(days: 50))
        let expired = Set(schedule.expired(labels, at: now))
        let kept = labels.filter { !expired.contains($0) }
        func count(_ from: Int64, _ to: Int64) -> Int {
            kept.count { ($0.milliseconds - now + to) >= 0 && ($0.milliseconds - now + from) < 0 }
        }
        #expect(count(-1, Self.hour) == 7)
        #expect((22...25).contains(count(Self.hour, 24 * Self.hour)))
        #expect((28...31).contains(count(24 * Self.hour, 30 * 24 * Self.hour)))
        #expect((2...4).contains(count(30 * 24 * Self.hour, 50 * 24 * Self.hour)))
        #expect(count(50 * 24 * Self.hour, 100 * 24 * Self.hour) == 0)
        // What stays does not go at the next look.
        #expect(schedule.expired(kept, at: now).isEmpty)
    }

    @Test func ratesAreThoseOfTheLastSeconds() {
        var meter = RateMeter()
        #expect(meter.rate(now: .zero) == 0)
        for second in 0..<20 { meter.add(1000, now: .zero + .seconds(second)) }
        #expect(meter.rate(now: .zero + .seconds(19)) == 1000)
        #expect(meter.rate(now: .zero + .seconds(24)) == 500)
        #expect(meter.rate(now: .zero + .seconds(100)) == 0)
    }
}
