import Base
import Testing

@testable import SmartDNS

struct ReadingSpanTests {
    /// When a table was read, when it is to be read again, and how many seconds that goes back then.
    @Test(
        arguments: [
            ([], 5, nil), ([0], 2, 33), ([0, 2], 4, 33), ([0, 2], 47, 76), ([0, 100, 200], 299, 130),
            ([0, 298], 301, nil),
        ] as [([Int], Int, Int?)]
    )
    func goesBackToTheLastTime(read: [Int], now: Int, seconds: Int?) {
        var span = ReadingSpan()
        for (index, time) in read.enumerated() { span.read(begun: .zero + .seconds(time), isWhole: index == 0) }
        #expect(span.next(at: .zero + .seconds(now)) == seconds)
    }
}
