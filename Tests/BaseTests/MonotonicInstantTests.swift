import Base
import Testing

struct MonotonicInstantTests {
    static let roundings: [(Int64, step: Int64, Int64)] = [
        (0, 50, 0), (1, 50, 50), (50, 50, 50), (51, 50, 100), (99, 1, 99), (7, 0, 7), (-3, 50, -3),
        (Int64.max, 50, Int64.max), (Int64.max - 1, 1_000_000, Int64.max - 1),
    ]

    @Test(arguments: roundings)
    func isRoundedUp(_ nanoseconds: Int64, _ step: Int64, _ expected: Int64) {
        let instant = MonotonicInstant(nanoseconds: nanoseconds)
        #expect(instant.roundedUp(to: .nanoseconds(step)).nanoseconds == expected)
    }
}
