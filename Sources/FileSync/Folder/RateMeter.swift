import Base

/// How many bytes come in a second, over the last few.
struct RateMeter {
    private static let seconds = 10

    private var buckets = Array(repeating: UInt64(0), count: Self.seconds)
    private var second: Int64 = 0
    private var began: Int64?

    /// Takes bytes that came now.
    mutating func add(_ count: Int, now: MonotonicInstant) {
        move(to: now)
        buckets[Int(second % Int64(Self.seconds))] += UInt64(max(0, count))
    }

    /// Bytes in a second.
    mutating func rate(now: MonotonicInstant) -> Double {
        move(to: now)
        guard let began else { return 0 }
        let span = min(Int64(Self.seconds), max(1, second - began + 1))
        return Double(buckets.reduce(0, +)) / Double(span)
    }

    private mutating func move(to now: MonotonicInstant) {
        let next = max(0, now.nanoseconds / 1_000_000_000)
        if began == nil || next - second >= Int64(Self.seconds) {
            // Nothing came for so long that it is a new beginning.
            buckets = Array(repeating: 0, count: Self.seconds)
            (began, second) = (next, next)
        }
        while second < next {
            second += 1
            buckets[Int(second % Int64(Self.seconds))] = 0
        }
    }
}
