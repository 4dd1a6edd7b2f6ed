import Base
import Testing

/// Who is let in while others are inside, and clocks that go on.
struct TurnstileTests {
    @Test(arguments: [0, 1, 3]) func letsSoManyIn(_ limit: Int) {
        let turnstile = Turnstile(limit: limit)
        for _ in 0..<2 {
            #expect((0..<5).count { _ in turnstile.enter() } == limit)
            // Who was sent away has not taken a place.
            for _ in 0..<limit { turnstile.leave() }
        }
    }

    @Test(arguments: [MachineClock.monotonic, .wall, .processor, .threadProcessor])
    func clocksDoNotGoBack(_ clock: MachineClock) {
        let first = clock.nanoseconds
        #expect(first > 0)
        // The time of day may be put right; a day is more than that.
        #expect(clock.nanoseconds >= first - (clock == .wall ? 86_400_000_000_000 : 0))
        #expect(clock.seconds >= 0)
    }
}
